#!/usr/bin/env python3
"""Records what pip makes of versions, specifiers, requirements, markers, file names and targets.

    record.py PIP OUT [COUNT [SEED]]

PIP is a folder with an unpacked wheel of pip, OUT the folder to write to. Each table is a list of cases chosen by hand and
about COUNT (70) random ones for each kind, half of them damaged. README.md says what the rows hold.
"""

import itertools
import json
import platform
import random
import re
import sys
import sysconfig
import warnings
from urllib.parse import quote

PIP, OUT = sys.argv[1:3]
COUNT = int(sys.argv[3]) if len(sys.argv) > 3 else 70
R = random.Random(int(sys.argv[4]) if len(sys.argv) > 4 else 42)
sys.path.insert(0, PIP)
warnings.simplefilter("ignore")

from pip._internal.index.package_finder import LinkEvaluator, LinkType
from pip._internal.models.link import Link
from pip._internal.utils.compatibility_tags import get_supported
from pip._vendor.packaging import _manylinux, _musllinux, tags
from pip._vendor.packaging.markers import InvalidMarker, Marker, UndefinedComparison, UndefinedEnvironmentName
from pip._vendor.packaging.requirements import InvalidRequirement, Requirement
from pip._vendor.packaging.specifiers import InvalidSpecifier, SpecifierSet
from pip._vendor.packaging.utils import InvalidWheelFilename, canonicalize_name, canonicalize_version, parse_wheel_filename
from pip._vendor.packaging.version import InvalidVersion, Version

NOISE = list(".-_+!*v 0123456789abcdehilnoprstuvwxyz@#;,()[]=<>~'\"\\\t\n\x0b") + [
    "\x1c", "\x85", "\xa0", "\u2003", "é", "１", "ſ", "\u200b", "\ufeff", "٣", "ı", "²", "中", "post", "dev", "rc", ".*",
    "+x", "==", "===", ">=", "~=", "and", "or", "in", "not", "extra", "python_version", "os.name", ".tar", "-py3", "__",
]


def damaged(text):
    for _ in range(R.choice([1, 1, 1, 2, 3])):
        at, how = R.randrange(len(text) + 1), R.random()
        if how < 0.4:
            text = text[:at] + R.choice(NOISE) + text[at:]
        elif how < 0.7:
            text = text[:at] + text[at + R.choice([1, 1, 2]) :]
        elif how < 0.9:
            text = text[:at] + R.choice(NOISE) + text[at + 1 :]
        else:
            end = at + R.randrange(4)
            text = text[:at] + text[at:end] * 2 + text[end:]
    return text


def cases(name, make, share=1):
    """The texts chosen by hand, random ones, and damaged ones, each once."""
    chosen = HAND[name]
    number = int(COUNT * share)
    return list(dict.fromkeys(chosen + [make() for _ in range(number)] + [damaged(make()) for _ in range(number)] + [damaged(R.choice(chosen)) for _ in range(number)]))


def write(name, rows):
    lines = [json.dumps(row, separators=(",", ":")) for row in rows]
    with open(f"{OUT}/{name}.json", "w") as file:
        file.write("[\n" + ",\n".join(lines) + "\n]\n")


# ---- versions

NUMBERS = ["0", "1", "2", "3", "10", "01", "007", "9", "2024", "20240101123456789012", "18446744073709551616", "99999999999999999999", "00"]
SEPARATORS = ["", ".", "-", "_", ""]
PRE = ["a", "b", "c", "rc", "alpha", "beta", "pre", "preview", "A", "RC", "Alpha", "BETA", "Preview", "C"]
POST = ["post", "rev", "r", "POST", "Rev", "R"]
LOCAL = ["ubuntu", "1", "01", "cu118", "CPU", "g0123", "0", "abc1", "a", "z9"]


def some(*options):
    return R.choice(options)


def stage(words, optional=True):
    return some(*SEPARATORS) + some(*words) + some(*SEPARATORS) + some("", some(*NUMBERS))


def a_version():
    text = some(*"vV") if R.random() < 0.1 else ""
    if R.random() < 0.12:
        text += some(*NUMBERS) + "!"
    text += ".".join(some(*NUMBERS) for _ in range(some(1, 1, 2, 2, 2, 3, 3, 4, 5)))
    if R.random() < 0.35:
        text += stage(PRE)
    if R.random() < 0.3:
        text += some("-" + some(*NUMBERS), stage(POST))
    if R.random() < 0.3:
        text += stage(["dev", "DEV", "Dev"])
    if R.random() < 0.2:
        text += "+" + some(*".-_").join(some(*LOCAL) for _ in range(some(1, 1, 2, 3)))
    return text


def parsed(text):
    try:
        return Version(text)
    except ValueError:  # InvalidVersion, or more digits than Python takes
        return None


def versions():
    rows, valid = [], []
    for text in cases("versions", a_version):
        v = parsed(text)
        if v is None:
            rows.append([text])
            continue
        rows.append([text, str(v), canonicalize_version(v), int(v.is_prerelease), v.local or "", v.public])
        valid.append(v)
    write("versions", rows)
    ordered = sorted({str(v) for v in valid}, key=lambda text: (Version(text), text))
    write("order", [list(group) for _, group in itertools.groupby(ordered, key=Version)])


# ---- specifiers

NEAR = """1 1.0 1.0.0 1.0.1 1.1 2 0 0.9 1.0a1 1.0a2 1.0a1.post1 1.0.dev0 1.0.dev1 1.0.dev2 1.0.post1 1.0.post0 1.0.post2 1.0.post1.dev0 1.0.post1.dev1
1.0.post2.dev0 1.0rc1 1.0b1 1.0a1.dev1 1!1.0 1!0 1.0+cpu 1.0+CPU 1.0+1 1.0.post1+x 1.0.dev1+x 1.0a1+x 1.1.dev0 1.1a1 1.0.0.post1 1.1.0 1.2
1.0.9999999999999999999999 2.0.dev1 0.9.9 1.0.0.0.1 0.dev0 0.0 1.99 1.0.1.dev3 0.0.0.dev0 0a0 0.post1""".split()
OPERATORS = ["==", "!=", "<=", ">=", "<", ">", "~=", "==="]
BLANKS = ["", "", " ", "  ", "\t", "\n", "\xa0"]


def a_clause():
    op = some(*OPERATORS, "==", "==", "==")
    version = some(*NEAR) if R.random() < 0.7 else a_version()
    if op in ("==", "!=") and R.random() < 0.3:
        version += ".*"
    return some(*BLANKS[:3]) + op + some(*BLANKS) + version + some(*BLANKS[:3])


def a_specifier():
    return some(",", ",", " , ", ",,").join(a_clause() for _ in range(some(1, 1, 1, 2, 2, 3))) + some("", "", "", ",")


def around(version):
    """Versions beside one, where a mistake would show."""
    yield version.public
    yield f"{version}.x" if version.local else f"{version}+x"
    for change in ({"dev": 0}, {"post": 1, "dev": None}, {"dev": None}, {"release": version.release + (0, 1)}):
        yield str(version.__replace__(local=None, **change))


def specifiers():
    rows = []
    for text in cases("specifiers", a_specifier):
        try:
            s = SpecifierSet(text)
        except InvalidSpecifier:
            rows.append([text])
            continue
        clauses = [[c.operator, c.version] for c in s]
        probes = R.sample(NEAR, 8) + [a_version()]
        for _, version in clauses:
            if v := parsed(version.removesuffix(".*")):
                probes += around(v)
        probes = list(dict.fromkeys(probes))
        try:
            inside = [p for p in probes if s.contains(Version(p), prereleases=True)]
        except AssertionError:  # ~= matches letters beyond ASCII, and then fails on them
            continue
        str(s)  # makes equal members one
        pin = [c.version for c in s if len(s) == 1 and c.operator in ("==", "===")]  # InstallRequirement.is_pinned
        rows.append([text, clauses, pin, inside, [p for p in probes if p not in inside]])
    write("specifiers", rows)


def names():
    make = lambda: "".join(R.choice("abcXYZ019-_..é--__ß") for _ in range(R.randrange(12)))
    write("names", [[name, canonicalize_name(name)] for name in cases("names", make)])


# ---- markers

VARIABLES = """python_version python_full_version os_name sys_platform platform_release platform_system platform_version platform_machine
platform_python_implementation implementation_name implementation_version extra os.name sys.platform platform.version platform.machine
platform.python_implementation python_implementation extras dependency_groups""".split()
VALUES = ["3.8", "3.11", "3", "2.7", "3.12.*", "3.11.4", "linux", "win32", "Linux", "x86_64", "CPython", "posix", "nt", "Foo_Bar", "foo-bar", "",
          "5.10", "abc", "3.9, 3.10", "lin", "os_name", "3.11.7+", "1.*", "python_version", "a'b"]
ENVIRONMENTS = {
    "linux": ["cpython", "3.11.7", "posix", "x86_64", "5.10.0-28-amd64", "Linux", "#1 SMP Debian", "3.11.7", "CPython", "3.11", "linux"],
    "windows": ["cpython", "3.12.0rc1", "nt", "AMD64", "10", "Windows", "10.0.19041", "3.12.0rc1", "CPython", "3.12", "win32"],
    "pypy": ["pypy", "7.3.13", "posix", "arm64", "23.1.0", "Darwin", "Darwin Kernel", "3.10.13+", "PyPy", "3.10", "darwin"],
}
KEYS = """implementation_name implementation_version os_name platform_machine platform_release platform_system platform_version python_full_version
platform_python_implementation python_version sys_platform""".split()
ENVIRONMENTS = {name: dict(zip(KEYS, values)) for name, values in ENVIRONMENTS.items()}


def a_comparison():
    def variable():
        return some(*VARIABLES[:12] * 3 + VARIABLES)

    def value():
        text = some(*VALUES)
        mark = '"' if "'" in text else some("'", '"')
        return mark + text + mark

    sides = some((variable(), value()), (variable(), value()), (value(), variable()), (variable(), variable()), (value(), value()))
    if R.random() < 0.6:
        sides = variable(), value()
    op = some("==", "!=", "<=", ">=", "<", ">", "~=", "===", "in", "not in", "not  in", "not\tin")
    blank = lambda: some(" ", " ", "", "  ", "\t")
    return sides[0] + blank() + op + blank() + sides[1]


def a_marker(depth=0):
    words = []
    for i in range(some(1, 1, 1, 2, 2, 3)):
        words += [some("and", "or")] if i else []
        nested = depth < 3 and R.random() < 0.25
        words.append(some("(", " (") + a_marker(depth + 1) + some(")", ") ") if nested else a_comparison())
    return some(" ", " ", " ", "  ", "\t", "").join(words)


def printed(marker):
    try:
        return str(marker)
    except ValueError:  # both quotes in a text
        return None


def judged(marker, environment, extra):
    try:
        return int(marker.evaluate({**environment, "extra": extra}))
    except (UndefinedComparison, UndefinedEnvironmentName):
        return 2


def markers():
    rows = []
    for text in cases("markers", a_marker):
        try:
            m = Marker(text)
        except InvalidMarker:
            rows.append([text])
            continue
        rows.append([text, printed(m), [judged(m, e, extra) for e in ENVIRONMENTS.values() for extra in ("", "Foo_bar")]])
    write("markers", rows)
    with open(f"{OUT}/environments.json", "w") as file:
        json.dump(ENVIRONMENTS, file, indent=1)
        file.write("\n")


# ---- requirements


def a_requirement():
    blank = lambda: some("", "", "", " ", "  ", "\t")
    text = blank() + some("a", "numpy", "Zope.Interface", "a-b", "a_", "A1", "x.y", "0", "a-", "a.", "-a") + blank()
    if R.random() < 0.3:
        text += "[" + blank() + (blank() + "," + blank()).join(some("x", "Foo_Bar", "y.z", "1") for _ in range(some(0, 1, 1, 2))) + blank() + "]" + blank()
    if R.random() < 0.15:
        text += "@" + blank() + some("https://x/a.tgz", "https://x/a;b", "file:///a b", "git+https://x/a@b#egg=c", "./p", ";") + some("", " ", " ; ", " ;", ";")
    elif R.random() < 0.85:
        clauses = a_specifier().replace("\n", "")
        text += clauses if R.random() < 0.85 else "(" + blank() + clauses + blank() + ")"
    if R.random() < 0.35:
        text += blank() + ";" + blank() + a_marker()
    return text + blank()


def requirements():
    rows = []
    for text in cases("requirements", a_requirement, 1.5):
        try:
            r = Requirement(text)
        except InvalidRequirement:
            rows.append([text])
            continue
        rows.append([text, r.name, sorted(r.extras), [[c.operator, c.version] for c in r.specifier], r.url or "", printed(r.marker) if r.marker else ""])
    write("requirements", rows)


# ---- names of files

ENDINGS = """.tar.gz .zip .tar.bz2 .tgz .tar.xz .tar .tbz .txz .tlz .tar.lz .tar.lzma .whl .egg .exe .msi .rpm .deb .tar.Z .TAR.GZ .tar.GZ .ZIP .Whl .7z .tar.zip
.gz .tar.gz.asc .whl.metadata""".split()
PROJECTS = ["foo", "foo-2", "foo_2", "Foo.2", "foo--2", "a", "zope.interface", "Zope_Interface", "foo-bar", "py", "foo-1.0"]
RELEASES = """1.0 2-1.0 1.0-1 1.0.post1 1.0rc1 1!2.0 1.0+cpu 1.0+local.1 1.0_1 v1.0 1.0-beta 1.0.linux-x86_64 1.0.win32 1.0-py2.7 1.0-py3 1.0-py2.7-nspkg 1.0-py33
1.0-py4.0 1.0-py3.11 1.0-1.noarch 1.0.macosx10.9 20200101 1.0. 1.0.dev0 custom 1.0-r1 1.0-macosx10_9 0.1-final""".split() + ["", "1.0 ", " 1.0"]
TAGS = """py3-none-any py2.py3-none-any cp311-cp311-manylinux_2_17_x86_64.manylinux2014_x86_64 cp311-abi3-win_amd64 CP37-CP37m-Linux_x86_64 py3-none py3--any
py3-none-any-x 3py-none-any py3.-none-any py3-none- é3-none-any py3-none-any. -none-any py_3-none-any""".split() + ["cp3 9-none-any"]


class AnyPython:
    """A target that takes the tags it is told."""

    py_version, py_version_info, tags = "3.11", (3, 11, 7), frozenset()

    def get_unsorted_tags(self):
        return self.tags


def read_filename(project, filename):
    """What pip's finder reads in the name, empty if it passes it over."""
    target, wheel = AnyPython(), None
    try:
        wheel = parse_wheel_filename(filename)
        target.tags = wheel[3]
    except InvalidWheelFilename:
        pass
    link = Link("https://x/" + quote(filename))
    stem, ending = link.splitext()
    python = re.search(r"-py([123]\.?[0-9]?)$", stem)
    if python and ending != ".whl":
        target.py_version = python[1]
    finder = LinkEvaluator(project, project, frozenset({"binary", "source"}), target, allow_yanked=True)
    kind, detail = finder.evaluate_link(link)
    version = parsed(detail) if kind is LinkType.candidate else None
    if version is None:
        return []
    if ending != ".whl":
        return ["sdist", str(version), "", [], [], [], python[1] if python else ""]
    build = filename.split("-")[2] if wheel[2] else ""
    return ["wheel", str(version), build, *(sorted({getattr(tag, part) for tag in wheel[3]}) for part in ("interpreter", "abi", "platform")), ""]


def a_filename():
    if R.random() < 0.5:
        build = some("", "", "", "-1", "-2local", "-b1", "-1_x", "-", "-01", "- 1")
        return some(*PROJECTS) + "-" + some(*RELEASES) + build + "-" + some(*TAGS) + some(".whl", ".whl", ".whl", *ENDINGS)
    return some(*PROJECTS) + some("-", "-", "-", "_", ".") + some(*RELEASES) + some(*ENDINGS[:4], *ENDINGS)


def filenames():
    rows = [[project, name] + read_filename(project, name) for project, name in HAND["filenames"]]
    HAND["filenames"] = [name for _, name in HAND["filenames"]]
    for name in cases("filenames", a_filename, 1.5):
        if "/" in name or not name:
            continue
        projects = [canonicalize_name(name[: m.start()]) for m in re.finditer("-", name)] or [""]
        project = some(*projects[:2], projects[0], some(*PROJECTS))
        rows.append([project, name] + read_filename(project, name))
    write("filenames", rows)


# ---- targets

TARGETS = """cp311-manylinux_2_36_x86_64 cp38-manylinux2014_x86_64 cp37-manylinux1_x86_64 cp36-manylinux2010_i686 cp312-manylinux_2_28_aarch64
cp313t-manylinux_2_39_x86_64 cp314-manylinux_2_35_armv7l cp39-manylinux_2_17_ppc64le cp312-musllinux_1_2_x86_64 cp313-musllinux_1_1_aarch64
cp313-macosx_14_0_arm64 cp312-macosx_11_0_x86_64 cp38-macosx_10_15_x86_64 cp313t-macosx_26_1_arm64 cp310-macosx_10_9_x86_64 cp312-win_amd64 cp37-win32
cp313t-win_arm64 cp315-manylinux_2_41_x86_64 cp315t-win_amd64 cp33-win32""".split()
GLIBC = {"manylinux2014": (2, 17), "manylinux2010": (2, 12), "manylinux1": (2, 5)}


def pretend(minor, threaded, name):
    """Makes packaging believe that it runs on the platform of that name."""
    config = {"Py_DEBUG": 0, "Py_GIL_DISABLED": threaded, "WITH_PYMALLOC": 1, "py_version_nodot": f"3{minor}"}
    tags._get_config_var = lambda key, warn=False: config.get(key)
    kind, _, rest = name.partition("_")
    numbers = re.fullmatch(r"(\d+)_(\d+)_(.*)", rest)
    version, arch = ((int(numbers[1]), int(numbers[2])), numbers[3]) if numbers else (GLIBC.get(kind), rest)
    system = {"macosx": "Darwin", "win": "Windows", "win32": "Windows"}.get(kind, "Linux")
    platform.system = lambda: system
    platform.mac_ver = lambda: (f"{version[0]}.{version[1]}.3", ("", "", ""), arch)
    sysconfig.get_platform = lambda: name.replace("_", "-") if system == "Windows" else f"linux-{arch}"
    glibc = _manylinux._GLibCVersion(*(version if kind.startswith("manylinux") else (-1, -1)))
    _manylinux._get_glibc_version = lambda: glibc
    _manylinux._have_compatible_abi = lambda executable, archs: True
    musl = _musllinux._MuslVersion(*version) if kind == "musllinux" else None
    _musllinux._get_musl_version = lambda executable: musl


def targets():
    rows = []
    for name in TARGETS:
        minor, threaded, where = re.fullmatch(r"cp3(\d+)(t?)-(.*)", name).groups()
        pretend(minor, len(threaded), where)
        supported, platforms, groups = get_supported(version=f"3{minor}", impl="cp"), list(tags.platform_tags()), []
        while supported:
            first = supported[0]
            some_of = ["any"] if first.platform == "any" else platforms
            assert [str(tag) for tag in supported[: len(some_of)]] == [f"{first.interpreter}-{first.abi}-{p}" for p in some_of]
            groups.append(f"{first.interpreter}-{first.abi}" + ("-any" if first.platform == "any" else ""))
            supported = supported[len(some_of) :]
        rows.append([name, platforms, groups])
    write("targets", rows)


with open(__file__.replace("record.py", "chosen.json")) as file:
    HAND = json.load(file)
for record in (versions, specifiers, names, markers, requirements, filenames, targets):
    record()
