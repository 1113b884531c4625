"""Read requirements files with pip's own reader, one JSON object a line in, one out.

usage: pip_reader.py PIP_DIRECTORY WORKING_DIRECTORY

In: {"b64": the bytes of the file, "constraint": false}. Out: {"fatal": "..."} when pip cannot decode the file, else
{"lines": [...]}, one object for each logical line that pip sees, refused ones included, with "n", its physical line, and
"err" or what pip makes of it. Used by the Go tests; the environment is the process's own.
"""
import base64
import json
import logging
import os
import sys

sys.path.insert(0, sys.argv[1])
os.chdir(sys.argv[2])
logging.disable(logging.CRITICAL)

from pip._internal.exceptions import InstallationError  # noqa: E402
from pip._internal.req import req_file  # noqa: E402
from pip._internal.req.constructors import install_req_from_parsed_requirement  # noqa: E402
from pip._internal.utils.misc import parse_netloc  # noqa: E402

parse_line = req_file.get_line_parser(None)
DEFAULTS = {o().dest: o().default for o in req_file.SUPPORTED_OPTIONS}
sys.stderr = open(os.devnull, "w")  # optparse prints its usage


def requirement(line):
    parsed = req_file.handle_requirement_line(line)
    r = install_req_from_parsed_requirement(parsed, user_supplied=True)
    out = {
        "name": r.name or "",
        "extras": sorted(r.extras),
        "marker": str(r.markers) if r.markers else "",
        "url": r.link.url if r.link else "",
        "hashes": [a + ":" + d for a, ds in sorted(r.hash_options.items()) for d in ds],
        "spec": sorted({str(s) for s in r.req.specifier}) if r.req else [],
    }
    if parsed.is_editable:
        out["spec"] = []
    return out


def options(opts):
    out = {}
    for name in ("index_url", "extra_index_urls", "no_index", "prefer_binary", "require_hashes", "no_require_hashes", "pre",
                 "trusted_hosts", "features_enabled"):
        value = getattr(opts, name)
        if value:
            out[name] = value
    if opts.find_links:
        out["find_links"] = opts.find_links[:1]
    for host in opts.trusted_hosts or []:
        if parse_netloc(host)[0] is None:
            raise ValueError("no host")
    return out


def read(data, constraint):
    lines = []
    for n, text in req_file.preprocess(req_file._decode_req_file(data, "r.txt")):
        record = {"n": n}
        lines.append(record)
        try:
            args, opts = parse_line(text)
        except (req_file.OptionParsingError, InstallationError) as e:
            record["err"] = str(getattr(e, "msg", e)) or "refused"
            continue
        except Exception as e:  # what pip does not catch ends it as well
            record["err"] = repr(e)
            continue
        line = req_file.ParsedLine("r.txt", n, args, opts, constraint)
        record["kind"] = "option"
        try:
            if line.requirement is not None:
                record["kind"] = "editable" if line.is_editable else "requirement"
                record["text"] = line.requirement
                record.update(requirement(line))
            elif opts.requirements or opts.constraints:
                record["kind"] = "include" if opts.requirements else "constraint"
                record["target"] = (opts.requirements or opts.constraints)[0]
            else:
                record["options"] = options(opts)
        except Exception as e:
            record["err"] = str(e) or repr(e)
    return lines


for request in sys.stdin:
    request = json.loads(request)
    try:
        answer = {"lines": read(base64.b64decode(request["b64"]), request.get("constraint", False))}
    except Exception as e:
        answer = {"fatal": repr(e)}
    print(json.dumps(answer), flush=True)
