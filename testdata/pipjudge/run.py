#!/usr/bin/env python3
"""Ask real pip what it does with the scenarios of this directory.

    python3 testdata/pipjudge/run.py --pip 26.3 --check scenarios.jsonl
    python3 testdata/pipjudge/run.py --pip 26.3 --pip 26.0.1 --record scenarios.jsonl

(from anywhere; CPython 3.11 on Linux x86-64, the package index for pip itself). README.md beside this file says what a
scenario is. --check runs pip and exits with 1 if something comes out that is not recorded; --record writes down what comes
out, and fills in the digests of the files. Each pip gets a virtual environment of its own and runs there without network:
the index of a scenario is served on the loopback interface.
"""

import argparse
import base64
import concurrent.futures
import html
import http.server
import json
import os
import pathlib
import queue
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import urllib.parse

sys.dont_write_bytecode = True  # nothing is left beside this file

import dists  # noqa: E402

HERE = pathlib.Path(__file__).resolve().parent
ZERO = "0" * 64
PLACEHOLDER = re.compile(r"\{((?:sha512|sha384|sha256|md5|SHA256|SHA512):([^{}]+))\}")
UPLOADED = "2026-01-01T00:00:00Z"
COMPARED = ("outcome", "reason", "name", "path", "line", "files")


# --- a scenario, completed and served ---


def fetched(scenario):
    """Return the names of the files that a scenario reads other than through its index."""
    names = {entry["file"] for entry in scenario.get("local", []) if entry["kind"] == "archive"}
    for text in scenario["files"].values():
        names.update(urllib.parse.unquote(n) for n in re.findall(r"\{base\}/files/([^\s#?;'\"]+)", text))
    return names


def complete(scenario):
    """Fill in what follows from the names of the files: digests, sizes, addresses, what the placeholders mean."""
    for project, files in scenario["index"].items():
        for file in files:
            name = file["filename"]
            file["hashes"] = {a: h or dists.digest(a, name) for a, h in file.get("hashes", {"sha256": ""}).items()}
            file["url"] = "../../files/" + urllib.parse.quote(name)
            file["size"] = len(dists.make(name))
            file.setdefault("upload-time", UPLOADED)
    texts = "\n".join(scenario["files"].values())
    scenario["digests"] = {key: dists.digest(key.split(":")[0], name) for key, name in sorted(set(PLACEHOLDER.findall(texts)))}
    contents = {n: base64.b64encode(dists.make(n)).decode() for n in sorted(fetched(scenario)) if not n.startswith("gone-")}
    scenario.pop("contents", None)
    if contents:
        scenario["contents"] = contents
    scenario["pip"] = scenario.pop("pip", {})


def expand(text, scenario, directory, base):
    for key, value in [*scenario["digests"].items(), ("zero", ZERO), ("dir", str(directory)), ("base", base)]:
        text = text.replace("{" + key + "}", value)
    return text


def materialise(scenario, directory, base):
    """Write the requirements files, archives and directories of a scenario below a directory."""
    for name, text in scenario["files"].items():
        path = directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(expand(text, scenario, directory, base).encode())
    for entry in scenario.get("local", []):
        path = directory / entry["path"]
        if entry["kind"] == "archive":
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(dists.make(entry["file"]))
            continue
        path.mkdir(parents=True)
        for name, text in dists.source(entry["file"], "1.0"):
            (path / name).write_text(text)
        if entry["kind"] == "git":
            git = ["git", "-c", "user.name=x", "-c", "user.email=x@localhost", "-C", str(path)]
            for command in (["init", "-q"], ["add", "."], ["commit", "-q", "-m", "x"]):
                subprocess.run([*git, *command], check=True, stdin=subprocess.DEVNULL)


class Index(http.server.BaseHTTPRequestHandler):
    """Serves /KEY/simple/PROJECT/ and /KEY/files/NAME of the scenarios in the server's `scenarios`."""

    protocol_version = "HTTP/1.1"

    def do_GET(self):
        parts = urllib.parse.unquote(self.path.split("?")[0]).strip("/").split("/")
        scenario = self.server.scenarios.get(parts[0]) or {"index": {}}
        if len(parts) == 3 and parts[1] == "simple" and parts[2] in scenario["index"]:
            self.answer(*page(scenario, parts[2]))
        elif len(parts) == 3 and parts[1] == "files" and not parts[2].startswith("gone-"):
            self.answer("application/octet-stream", dists.make(parts[2]))
        else:
            self.answer("text/plain", b"not here", 404)

    def answer(self, kind, body, status=200):
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_):
        """Say nothing of a pip that ends while it is connected."""


def page(scenario, project):
    """Return type and body of a project's page: JSON (PEP 691), or HTML (PEP 503), which has one digest a file."""
    files = scenario["index"][project]
    if scenario.get("serve") != "html":
        answer = {"meta": {"api-version": "1.1"}, "name": project, "files": files}
        return "application/vnd.pypi.simple.v1+json", json.dumps(answer).encode()
    rows = []
    for f in files:
        fragment = "".join(f"#{a}={h}" for a, h in list(f["hashes"].items())[:1])
        row = f'<a href="{f["url"]}{fragment}"'
        if f.get("requires-python"):
            row += f' data-requires-python="{html.escape(f["requires-python"])}"'
        if f.get("yanked"):
            row += f' data-yanked="{html.escape(str(f["yanked"]))}"'
        rows.append(row + f'>{f["filename"]}</a><br>')
    return "text/html", ("<!DOCTYPE html><html><body>" + "\n".join(rows) + "</body></html>").encode()


# --- pip ---


def environment(venvs, version, python):
    """Return the Python of a virtual environment with that pip, made if it is not there."""
    directory = pathlib.Path(venvs) / ("pip-" + version)
    inside = directory / "bin" / "python"
    if not (directory / "made").exists():
        shutil.rmtree(directory, ignore_errors=True)
        quiet = {"stdout": subprocess.DEVNULL, "stdin": subprocess.DEVNULL, "check": True}
        subprocess.run([python, "-m", "venv", str(directory)], **quiet)
        subprocess.run([inside, "-m", "pip", "install", "--disable-pip-version-check", "-q", "pip==" + version], **quiet)
        (directory / "made").touch()
    return inside


class Pip:
    """One pip, alive as one process that forks for each run. Runs go one after the other."""

    def __init__(self, version, python, real):
        self.version, self.real = version, real
        self.home = tempfile.mkdtemp(prefix="pipjudge-home-")
        clean = {"PATH": os.environ["PATH"], "HOME": self.home, "LANG": "C.UTF-8", "PIP_CONFIG_FILE": os.devnull}
        self.process = subprocess.Popen(
            [python, "-I", str(HERE / "worker.py")], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=clean
        )
        hello = json.loads(self.process.stdout.readline())
        if hello["pip"] != version:
            raise SystemExit(f"run.py: pip {hello['pip']} is there, not {version}")
        if not hello["python"].startswith("3.11.") or hello["machine"] != "linux-x86_64":
            raise SystemExit(f"run.py: CPython 3.11 on Linux x86-64 is needed, this is {hello['python']} on {hello['machine']}")

    def judge(self, scenario, base):
        """Return what pip makes of a scenario that is served at base, as an outcome of the record."""
        directory = pathlib.Path(tempfile.mkdtemp(prefix="pipjudge-"))
        try:
            work = directory / "work"
            work.mkdir()
            materialise(scenario, work, base)
            args = ["-r", scenario["root"], "--index-url", base + "/simple/"]
            args += foreign(scenario["target"]) if "target" in scenario else []
            args += ["--target", str(directory / "target")] if self.real else ["--dry-run"]
            request = {"work": str(work), "directory": str(directory), "args": args}
            self.process.stdin.write(json.dumps(request) + "\n")
            self.process.stdin.flush()
            answer = json.loads(self.process.stdout.readline())
        finally:
            shutil.rmtree(directory, ignore_errors=True)
        says = answer.pop("says", "").split("See https://")[0]
        if says:
            says = says.replace(str(work), "{dir}").replace(base, "{base}").replace("\n", " ")
            answer["says"] = re.sub(r"[0-9a-f]{64,}", "…", says)[:160]
        return answer

    def close(self):
        self.process.stdin.close()
        self.process.wait()
        shutil.rmtree(self.home, ignore_errors=True)


def foreign(target):
    """Return the options with which pip picks files for another target; it evaluates markers for its own all the same.

    Wheels for linux_ARCH are left out: pip 26.3 prefers them to manylinux, earlier ones do not.
    """
    python, platform = re.match(r"cp(\d+)-(.+)$", target).groups()
    platforms = [platform]
    if match := re.match(r"manylinux_2_(\d+)_(.+)$", platform):
        platforms = [f"manylinux_2_{n}_{match[2]}" for n in range(int(match[1]), 16, -1)]
    options = ["--implementation", "cp", "--python-version", f"{python[0]}.{python[1:]}", "--abi", "cp" + python]
    return options + [x for p in platforms for x in ("--platform", p)]


# --- the whole ---


def run(scenarios, options):
    """Yield (index, version, outcome) for every scenario and version, as they come."""
    server = Server(("127.0.0.1", 0), Index)
    server.scenarios = {str(i): scenario for i, scenario in enumerate(scenarios)}
    threading.Thread(target=server.serve_forever, daemon=True).start()
    address = f"http://127.0.0.1:{server.server_address[1]}"
    venvs = options.venvs or tempfile.mkdtemp(prefix="pipjudge-venvs-")
    each = max(1, options.jobs // len(options.pip))
    results = queue.Queue()

    def share(version, python, first):
        pip = Pip(version, python, options.real)
        try:
            for i in range(first, len(scenarios), each):
                results.put((i, version, pip.judge(scenarios[i], f"{address}/{i}")))
        finally:
            pip.close()

    try:
        pythons = {v: environment(venvs, v, options.python) for v in options.pip}
        with concurrent.futures.ThreadPoolExecutor(each * len(pythons)) as pool:
            shares = [pool.submit(share, v, p, first) for v, p in pythons.items() for first in range(each)]
            for s in shares:
                s.add_done_callback(results.put)
            left = len(shares)
            while left:
                result = results.get()
                if isinstance(result, tuple):
                    yield result
                else:
                    result.result()  # what went wrong there goes wrong here
                    left -= 1
    finally:
        server.shutdown()
        if not options.venvs:
            shutil.rmtree(venvs, ignore_errors=True)


def different(got, recorded):
    return [k for k in COMPARED if got.get(k) != (recorded or {}).get(k)]


def write(path, scenarios):
    text = "".join(json.dumps(s, ensure_ascii=False, separators=(",", ":")) + "\n" for s in scenarios)
    beside = path.with_name(path.name + ".new")
    beside.write_text(text, encoding="utf-8")
    beside.replace(path)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--pip", action="append", required=True, metavar="VERSION", help="a pip to ask; may be repeated")
    parser.add_argument("--check", metavar="FILE", help="compare with what is recorded in FILE")
    parser.add_argument("--record", metavar="FILE", help="write into FILE what pip does")
    parser.add_argument("--only", metavar="ID,ID", help="these scenarios alone")
    parser.add_argument("--real", action="store_true", help="install into a directory instead of --dry-run")
    parser.add_argument("--venvs", metavar="DIR", help="keep the virtual environments here")
    parser.add_argument("--python", default=sys.executable, help="the CPython 3.11 to make them with")
    parser.add_argument("--jobs", type=int, default=2, help="how many processes run pip at once")
    options = parser.parse_args()
    if (options.check is None) == (options.record is None):
        parser.error("one of --check and --record is needed")
    name = options.check or options.record
    path = pathlib.Path(name)
    if not path.exists() and (HERE / name).exists():
        path = HERE / name
    scenarios = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
    wanted = set(options.only.split(",")) if options.only else None
    chosen = [s for s in scenarios if wanted is None or s["id"] in wanted]
    faults = 0
    for scenario in chosen:
        before = json.dumps(scenario, sort_keys=True)
        complete(scenario)
        if options.check and json.dumps(scenario, sort_keys=True) != before:
            faults += 1
            print(f"{scenario['id']}: the files are not those of the record")
    for i, version, got in run(chosen, options):
        scenario = chosen[i]
        recorded = scenario["pip"].get(version)
        if options.record:
            scenario["pip"][version] = got
            scenario["pip"] = dict(sorted(scenario["pip"].items()))
        elif fields := different(got, recorded):
            faults += 1
            print(f"{scenario['id']}: pip {version}: {', '.join(fields)} differ")
            print(f"  recorded {json.dumps(recorded)}\n  pip says {json.dumps(got)}")
    if options.record:
        write(path, scenarios)
    print(f"{len(chosen)} scenarios, pip {', '.join(options.pip)}: " + (f"{faults} differences" if options.check else "recorded"))
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
