#!/usr/bin/env python3
"""Record the package index that testdata/acgs is judged by.

    python3 testdata/record.py            (from anywhere; Python 3.9 or later, nothing else)

asks the index at PIP_INDEX_URL, or else PyPI, for every project of RELEASES, and writes

    testdata/index/simple/NAME/index.json           the Simple API's answer (PEP 691, PEP 700)
    testdata/index/files/FILENAME.metadata          core metadata of one wheel a release (PEP 658, PEP 714)

What is recorded is what the index said, less what the tests do not need:
- of a project only the releases named here, but of these every file with its digests;
- no serial, no provenance; `url` is relative and leads to no other host, and no file is recorded behind it;
- of the metadata only what says what a release needs. `core-metadata` is the digest of that shortened text.

The same releases give the same bytes, so `git diff` after a run shows what has changed on the index: files that were
added, yanked or deleted. A changed digest would be news; a test should fail before anybody commits it.
"""

import hashlib
import io
import json
import os
import pathlib
import re
import sys
import urllib.parse
import urllib.request
import zipfile

# The releases to record by project, first the one that the services of testdata/acgs pin, then the neighbours whose
# hashes stand there by mistake.
RELEASES = {
    "fairlearn": ["0.10.0"],
    "joblib": ["1.4.2"],
    "numpy": ["1.26.4", "1.26.3"],
    "pandas": ["2.2.3"],
    "prometheus-client": ["0.21.1"],
    "psutil": ["6.1.0", "6.0.0"],
    "python-dateutil": ["2.9.0.post0"],
    "pytz": ["2024.2"],
    "scikit-learn": ["1.5.2"],
    "scipy": ["1.14.1"],
    "six": ["1.17.0"],
    "threadpoolctl": ["3.6.0"],
    "tzdata": ["2024.2"],
}

# The wheel whose metadata is recorded, the first that there is: CPython 3.11 on Linux x86-64, as the services deploy.
WHEELS = [r"-cp311-cp311-manylinux.*x86_64\.whl$", r"-abi3-manylinux.*x86_64\.whl$", r"-none-any\.whl$"]

# The fields of a file that are kept, in this order, and those of core metadata.
FIELDS = ["filename", "hashes", "requires-python", "size", "upload-time", "url", "yanked"]
METADATA = ["Metadata-Version", "Name", "Version", "Requires-Python", "Requires-Dist", "Provides-Extra"]

INDEX = os.environ.get("PIP_INDEX_URL", "https://pypi.org/simple").rstrip("/") + "/"
HERE = pathlib.Path(__file__).resolve().parent / "index"


def fetch(url, accept="*/*"):
    request = urllib.request.Request(url, headers={"Accept": accept, "User-Agent": "reqhash-record"})
    with urllib.request.urlopen(request, timeout=120) as answer:
        return answer.read()


def version_of(filename):
    """The version that a file name gives: what stands after the project, before the tags or the ending."""
    if filename.endswith(".whl"):
        return filename.split("-")[1]
    stem = re.sub(r"\.(tar\.(gz|bz2|xz)|tgz|zip)$", "", filename)
    return stem.rpartition("-")[2]


def core_metadata(file, url):
    """What the wheel says it needs: asked for by itself where the index has that, else taken out of the wheel."""
    if file.get("core-metadata"):
        text = fetch(url + ".metadata").decode()
    else:
        with zipfile.ZipFile(io.BytesIO(fetch(url))) as wheel:
            name = next(n for n in wheel.namelist() if re.fullmatch(r"[^/]+\.dist-info/METADATA", n))
            text = wheel.read(name).decode()
    head = text.replace("\r\n", "\n").partition("\n\n")[0].split("\n")
    return "".join(line + "\n" for line in head if line.partition(":")[0] in METADATA).encode()


def record(project, releases):
    page = f"{INDEX}{project}/"
    answer = json.loads(fetch(page, "application/vnd.pypi.simple.v1+json"))
    files = [f for f in answer["files"] if version_of(f["filename"]) in releases]
    for release in releases:
        if not any(version_of(f["filename"]) == release for f in files):
            sys.exit(f"record.py: {page} has no file of {project} {release}")

    wheels = [f for f in files if version_of(f["filename"]) == releases[0]]
    wheel = next(f for pattern in WHEELS for f in wheels if re.search(pattern, f["filename"]))
    metadata = core_metadata(wheel, urllib.parse.urljoin(page, wheel["url"]))
    (HERE / "files" / (wheel["filename"] + ".metadata")).write_bytes(metadata)

    kept = []
    for f in sorted(files, key=lambda f: f["filename"]):
        f = dict(f, url="../../files/" + urllib.parse.quote(f["filename"]))
        entry = {field: f[field] for field in FIELDS}
        if f["filename"] == wheel["filename"]:
            entry["core-metadata"] = {"sha256": hashlib.sha256(metadata).hexdigest()}
        kept.append(entry)
    page = {
        "meta": {"api-version": answer["meta"]["api-version"]},
        "name": answer["name"],
        "versions": [v for v in answer["versions"] if v in releases],
        "files": kept,
    }
    path = HERE / "simple" / project / "index.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(page, indent=2) + "\n", newline="\n")
    print(f"{project}: {', '.join(page['versions'])}: {len(kept)} files")


def main():
    (HERE / "files").mkdir(parents=True, exist_ok=True)
    for old in (HERE / "files").glob("*.metadata"):
        old.unlink()
    for project, releases in RELEASES.items():
        record(project, releases)


if __name__ == "__main__":
    main()
