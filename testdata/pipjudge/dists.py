"""Make small distribution files whose bytes follow from their name.

The same name gives the same bytes on every machine: nothing is compressed by a library, nothing has a date. A wheel holds
one module; an sdist builds itself with a backend that lies beside it (PEP 517, `backend-path`), so nothing is fetched.
What is neither (an egg, an installer) is a line of text.
"""

import base64
import functools
import hashlib
import io
import re
import struct
import tarfile
import zipfile
import zlib

WHEEL = re.compile(r"^(?P<name>[^-]+)-(?P<version>[^-]+)(-(?P<build>\d[^-]*))?-(?P<tags>[^-]+-[^-]+-[^-]+)\.whl$")
SDIST = re.compile(r"^(?P<name>.+?)-(?P<version>\d.*?)(?P<ending>\.tar\.gz|\.zip|\.tgz)$")

PYPROJECT = '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n'

# The backend copies PKG-INFO into what it builds. It must work from any directory and without anything installed.
BACKEND = '''
import base64, hashlib, os, zipfile


def about():
    with open("PKG-INFO", encoding="utf-8") as f:
        text = f.read()
    fields = dict(line.split(": ", 1) for line in text.splitlines() if ": " in line)
    stem = fields["Name"].replace("-", "_").replace(".", "_") + "-" + fields["Version"].replace("-", "_")
    return text, stem


def files(text, stem):
    yield stem + ".dist-info/METADATA", text
    yield stem + ".dist-info/WHEEL", "Wheel-Version: 1.0\\nGenerator: backend\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n"


def prepare_metadata_for_build_wheel(directory, config_settings=None):
    text, stem = about()
    for path, content in files(text, stem):
        os.makedirs(os.path.join(directory, os.path.dirname(path)), exist_ok=True)
        with open(os.path.join(directory, path), "w", encoding="utf-8") as f:
            f.write(content)
    return stem + ".dist-info"


def build_wheel(directory, config_settings=None, metadata_directory=None):
    text, stem = about()
    name = stem + "-py3-none-any.whl"
    record = ""
    with zipfile.ZipFile(os.path.join(directory, name), "w") as z:
        for path, content in files(text, stem):
            z.writestr(path, content)
            digest = base64.urlsafe_b64encode(hashlib.sha256(content.encode()).digest()).rstrip(b"=").decode()
            record += "%s,sha256=%s,%d\\n" % (path, digest, len(content))
        z.writestr(stem + ".dist-info/RECORD", record + stem + ".dist-info/RECORD,,\\n")
    return name


prepare_metadata_for_build_editable = prepare_metadata_for_build_wheel
build_editable = build_wheel
'''


def metadata(name, version):
    return f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\nProvides-Extra: x\nProvides-Extra: y\n"


def archive(members):
    """Return a zip file of the members, a list of (path, text), stored as they are."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as z:
        for path, text in members:
            info = zipfile.ZipInfo(path, (2026, 1, 1, 0, 0, 0))
            info.create_system, info.external_attr = 3, 0o644 << 16
            z.writestr(info, text)
    return out.getvalue()


def tarball(members):
    """Return a .tar.gz of the members whose deflate blocks are stored, so that no version of zlib changes it."""
    tar = b""
    for path, text in members:
        info = tarfile.TarInfo(path)
        info.size, info.mode = len(text.encode()), 0o644
        tar += info.tobuf(tarfile.USTAR_FORMAT) + text.encode() + bytes(-info.size % 512)
    tar += bytes(1024)
    out = b"\x1f\x8b\x08\0\0\0\0\0\0\xff"
    for at in range(0, len(tar), 0xFFFF):
        block = tar[at : at + 0xFFFF]
        out += struct.pack("<BHH", at + len(block) == len(tar), len(block), len(block) ^ 0xFFFF) + block
    return out + struct.pack("<LL", zlib.crc32(tar), len(tar))


def wheel(filename, name, version, tags):
    python, abi, platform = (part.split(".") for part in tags.split("-"))
    info = f"{name}-{version}.dist-info/"
    members = [
        (name.replace(".", "_") + ".py", f"file = {filename!r}\n"),
        (info + "METADATA", metadata(name, version)),
        (
            info + "WHEEL",
            "Wheel-Version: 1.0\nGenerator: dists\nRoot-Is-Purelib: true\n"
            + "".join(f"Tag: {p}-{a}-{m}\n" for p in python for a in abi for m in platform),
        ),
    ]
    record = ""
    for path, text in members:
        digest = base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=").decode()
        record += f"{path},sha256={digest},{len(text.encode())}\n"
    return archive([*members, (info + "RECORD", record + info + "RECORD,,\n")])


def source(name, version):
    """Return the members of a directory that can be built, as (path, text)."""
    return [("PKG-INFO", metadata(name, version)), ("pyproject.toml", PYPROJECT), ("backend.py", BACKEND)]


@functools.lru_cache(None)
def make(filename):
    """Return the bytes of the distribution file of that name."""
    if match := WHEEL.match(filename):
        return wheel(filename, match["name"], match["version"], match["tags"])
    if match := SDIST.match(filename):
        stem = match["name"] + "-" + match["version"]
        members = [(f"{stem}/{path}", text) for path, text in source(match["name"], match["version"])]
        return archive(members) if match["ending"] == ".zip" else tarball(members)
    return f"This is {filename}.\n".encode()


def digest(algorithm, filename):
    """Return the hex digest of the file of that name; an algorithm in upper case gives upper-case hex."""
    hexdigest = hashlib.new(algorithm.lower(), make(filename)).hexdigest()
    return hexdigest.upper() if algorithm.isupper() else hexdigest
