"""Wheels that carry a binary of reqhash, for people without Go.

    python3 .ci/wheel.py VERSION FOLDER GOOS/GOARCH=BINARY ...

writes one wheel for each binary into the folder. It needs nothing beside Python, and gives the same bytes for the same input.
"""

import base64
import hashlib
import pathlib
import re
import sys
import zipfile

# The binaries are static: what matters on Linux is the kernel alone, so that they run with any C library. Go 1.26 needs macOS 12.
PLATFORMS = {
    "linux/amd64": "manylinux_2_17_x86_64.manylinux2014_x86_64.musllinux_1_1_x86_64",
    "linux/arm64": "manylinux_2_17_aarch64.manylinux2014_aarch64.musllinux_1_1_aarch64",
    "darwin/amd64": "macosx_12_0_x86_64",
    "darwin/arm64": "macosx_12_0_arm64",
    "windows/amd64": "win_amd64",
    "windows/arm64": "win_arm64",
}

METADATA = """Metadata-Version: 2.4
Name: reqhash
Version: {version}
Summary: Audits the hashes of Python requirements files
License-Expression: MIT
License-File: LICENSE
Requires-Python: >=3.8
Project-URL: Source, https://github.com/reqhash/reqhash
Classifier: Environment :: Console
Classifier: Topic :: Security
Description-Content-Type: text/markdown

{readme}"""

WHEEL = """Wheel-Version: 1.0
Generator: reqhash
Root-Is-Purelib: false
{tags}"""


def python_version(version):
    """The version as PEP 440 has it: v1.2.3-rc.1 is 1.2.3rc1."""
    found = re.fullmatch(r"v?(\d+\.\d+\.\d+)(?:-(rc|alpha|beta|dev)\.?(\d*))?", version)
    if not found:
        sys.exit(f"wheel.py: {version!r} is no version such as 1.2.3 or 1.2.3-rc.1")
    release, word, number = found.groups()
    if not word:
        return release
    return release + {"rc": "rc", "alpha": "a", "beta": "b", "dev": ".dev"}[word] + (number or "0")


def build(version, folder, target, binary):
    tag = PLATFORMS.get(target)
    if not tag:
        sys.exit(f"wheel.py: {target!r} is none of {', '.join(PLATFORMS)}")
    root = pathlib.Path(__file__).resolve().parent.parent
    program = "reqhash.exe" if target.startswith("windows/") else "reqhash"
    info = f"reqhash-{version}.dist-info"
    readme = (root / "README.md").read_text(encoding="utf-8")
    license_text = (root / "LICENSE").read_bytes()
    files = [
        (f"reqhash-{version}.data/scripts/{program}", pathlib.Path(binary).read_bytes(), 0o755),
        (f"{info}/METADATA", METADATA.format(version=version, readme=readme).encode(), 0o644),
        (f"{info}/WHEEL", WHEEL.format(tags="".join(f"Tag: py3-none-{t}\n" for t in tag.split("."))).encode(), 0o644),
        (f"{info}/licenses/LICENSE", license_text, 0o644),
    ]
    record = "".join(
        f"{name},sha256={base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b'=').decode()},{len(content)}\n"
        for name, content, _ in files
    )
    files.append((f"{info}/RECORD", (record + f"{info}/RECORD,,\n").encode(), 0o644))
    path = pathlib.Path(folder) / f"reqhash-{version}-py3-none-{tag}.whl"
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as wheel:
        for name, content, mode in files:
            entry = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.create_system = 3  # Unix, so that the mode counts
            entry.external_attr = (0o100000 | mode) << 16
            wheel.writestr(entry, content)
    print(path)


def main(args):
    if len(args) < 3 or not all("=" in a for a in args[2:]):
        sys.exit(__doc__)
    version = python_version(args[0])
    for pair in args[2:]:
        target, binary = pair.split("=", 1)
        build(version, args[1], target, binary)


main(sys.argv[1:])
