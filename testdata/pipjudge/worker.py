"""Keep one pip in memory and run it in a fork for each line of standard input; run.py starts this.

A request is {"work": the directory to run in, "directory": one for our own files, "args": what comes after pip install};
the answer is an outcome of the record. pip is the real one and only watched: the exception that ends a run names the
requirement that it is about, which the printed text often does not.
"""

import json
import os
import pathlib
import re
import signal
import sys
import traceback
import urllib.parse

import pip
import pip._internal.cli.main
import pip._internal.cli.req_command
import pip._internal.commands.install
import pip._internal.index.collector
import pip._internal.models.installation_report
import pip._internal.network.download
import pip._internal.operations.prepare
import pip._internal.req.req_file
import pip._internal.resolution.resolvelib.resolver
from pip._internal import exceptions
from pip._vendor import requests  # noqa: F401 (only to have it in memory)
from pip._vendor.packaging.utils import canonicalize_name

ALWAYS = [
    "--no-deps", "--ignore-installed", "--no-cache-dir", "--disable-pip-version-check", "--no-input", "--no-color",
    "--progress-bar", "off", "--root-user-action", "ignore", "--retries", "0", "--timeout", "20",
]  # fmt: skip
LIMIT = 120  # seconds for one run; the process is ended then

# The reasons by the class of the exception, the nearest class first.
REASONS = {
    "HashMismatch": "hash-mismatch",
    "HashMissing": "hash-missing",
    "HashUnpinned": "unpinned",
    "VcsHashUnsupported": "unhashable",
    "DirectoryUrlHashUnsupported": "unhashable",
    "DistributionNotFound": "not-found",
    "BestVersionAlreadyInstalled": "not-found",
    "UnsupportedPythonVersion": "not-found",
    "UnsupportedWheel": "not-found",
    "NetworkConnectionError": "not-found",
    "HTTPError": "not-found",
    "RequirementsFileParseError": "invalid",
    "CommandError": "invalid",
    "InstallationError": "invalid",
    "ValueError": "invalid",
    "AssertionError": "invalid",
    "InconsistentCandidate": "invalid",
    "OSError": "not-found",
}

FROM = re.compile(r"^-[rc] (?P<path>.*) \(line (?P<line>\d+)\)$")


def place(comes_from):
    """Return (path, line) of what pip calls "-r r.txt (line 3)"."""
    while comes_from is not None and not isinstance(comes_from, str):
        comes_from = comes_from.comes_from
    match = FROM.match(comes_from or "")
    if not match:
        return "", 0
    return os.path.relpath(match["path"]).replace(os.sep, "/"), int(match["line"])


def name_of(ireq):
    """Return the normalised project of an InstallRequirement; of an archive what its file name says."""
    if ireq.name:
        return canonicalize_name(ireq.name)
    if ireq.link is not None:
        base = ireq.link.filename.rsplit("-", 1)[0] if "-" in ireq.link.filename else ""
        return canonicalize_name(base)
    return ""


def frames(error):
    """Return the frames that an exception and its causes passed, the innermost first."""
    found = []
    while error is not None:
        found += [f for f, _ in traceback.walk_tb(error.__traceback__)][::-1]
        error = error.__cause__ or error.__context__
    return found


def culprit(error):
    """Return the InstallRequirements that an exception is about, the first that pip names first."""
    if getattr(error, "req", None) is not None:
        return [error.req]
    cause = error.__cause__
    if cause is not None and hasattr(cause, "causes"):
        pairs = [(c.requirement, c.requirement.get_candidate_lookup()) for c in cause.causes]
        ireqs = []
        for requirement, (candidate, ireq) in pairs:
            ireqs.append(ireq if candidate is None else candidate.get_install_requirement() or getattr(candidate, "_ireq", None))
        return [i for i in ireqs if i is not None]
    return []


def where(error):
    """Return (name, path, line) of an exception that has no requirement, from what pip was doing."""
    for frame in frames(error):
        held = frame.f_locals
        for key in ("parsed_req", "parsed_requirement"):
            if key in held and hasattr(held[key], "comes_from"):
                return (said(error), *place(held[key].comes_from))
        for key in ("ireq", "req", "install_req"):
            if hasattr(held.get(key), "comes_from"):
                return (name_of(held[key]), *place(held[key].comes_from))
        line = held.get("line")
        if hasattr(line, "lineno"):
            return ("", os.path.relpath(line.filename), line.lineno)
        if "line_number" in held and "filename" in held:
            return ("", os.path.relpath(held["filename"]), held["line_number"])
    return "", "", 0


def said(error):
    """Return the project of "Invalid requirement: 'a==': ...", or nothing."""
    match = re.match(r"Invalid requirement: '([A-Za-z0-9][A-Za-z0-9._-]*)", str(error))
    return canonicalize_name(match[1]) if match else ""


def refusal(error):
    if str(error).startswith("ResolutionImpossible"):
        reason = "conflict"
    elif "because of HTTP error" in str(error):
        reason = "not-found"
    elif "cannot be installed when requiring hashes" in str(error):
        reason = "unhashable"
    else:
        names = [c.__name__ for c in type(error).__mro__]
        reason = next((REASONS[n] for n in names if n in REASONS), "other: " + names[0])
    ireqs = culprit(error)
    if "are mutually exclusive" in str(error):
        name, path, line = "", "", 0
    elif ireqs:
        name, (path, line) = name_of(ireqs[0]), place(ireqs[0].comes_from)
    else:
        name, path, line = where(error)
        if hasattr(error.__cause__, "causes"):
            name = error.__cause__.causes[0].requirement.project_name
    answer = {"outcome": "refuses", "reason": reason, "name": name, "path": path, "line": line}
    if reason == "conflict":
        answer["lines"] = sorted({"%s:%d" % place(i.comes_from) for i in ireqs})
    return answer


def installed(report):
    files = {}
    for install in report["install"]:
        url = install["download_info"]["url"]
        path = urllib.parse.unquote(urllib.parse.urlsplit(url).path)
        archive = "archive_info" in install["download_info"]
        files[canonicalize_name(install["metadata"]["name"])] = path.rsplit("/", 1)[-1] if archive else ""
    return {"outcome": "installs", "files": dict(sorted(files.items()))}


def child(request, out, log):
    """Run pip in this process, which is a fork of its own, and write the outcome."""
    signal.alarm(LIMIT)
    os.chdir(request["work"])
    null = os.open(os.devnull, os.O_RDONLY)
    both = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    os.dup2(null, 0)
    os.dup2(both, 1)
    os.dup2(both, 2)
    os.environ["TMPDIR"] = request["directory"]
    seen = []
    command = pip._internal.commands.install.InstallCommand
    run = command.run

    def watched(self, *args):
        try:
            return run(self, *args)
        except BaseException as error:
            seen.append(error)
            raise

    def told(error, *args, **kwargs):
        seen.append(error)
        return tell(error, *args, **kwargs)

    command.run = watched
    tell = pip._internal.commands.install.create_os_error_message
    pip._internal.commands.install.create_os_error_message = told
    report = os.path.join(request["directory"], "report.json")
    status = pip._internal.cli.main.main(["install", *ALWAYS, "--report", report, *request["args"]])
    if status == 0:
        answer = installed(json.loads(pathlib.Path(report).read_text("utf-8")))
    elif seen:
        answer = refusal(seen[-1])
    else:
        answer = {"outcome": "refuses", "reason": "other: status %s" % status, "name": "", "path": "", "line": 0}
    pathlib.Path(out).write_text(json.dumps(answer), "utf-8")


def judge(request):
    out, log = (os.path.join(request["directory"], n) for n in ("outcome", "log"))
    pid = os.fork()
    if pid == 0:
        try:
            child(request, out, log)
        except SystemExit:
            pass
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(0)
    os.waitpid(pid, 0)
    text = pathlib.Path(log).read_text("utf-8", "replace") if os.path.exists(log) else ""
    try:
        answer = json.loads(pathlib.Path(out).read_text("utf-8"))
    except (OSError, ValueError):
        return {"outcome": "refuses", "reason": "other: pip ended", "name": "", "path": "", "line": 0, "says": text[-400:]}
    if answer["outcome"] == "refuses" and not answer["reason"].startswith("hash-"):
        errors = [line for line in text.splitlines() if line.startswith("ERROR: ")]
        answer["says"] = errors[0][7:] if errors else text.strip()
        if answer["says"] == "Exception:":
            answer["says"] = text.strip().splitlines()[-1]
        if answer["reason"].startswith("other"):
            answer["says"] = text[-400:]
    return answer


def main():
    machine = sys.platform + "-" + os.uname().machine
    print(json.dumps({"pip": pip.__version__, "python": sys.version.split()[0], "machine": machine}), flush=True)
    for line in sys.stdin:
        print(json.dumps(judge(json.loads(line))), flush=True)


if __name__ == "__main__":
    main()
