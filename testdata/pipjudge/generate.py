#!/usr/bin/env python3
"""Write scenarios at random, one a line, for run.py to record.

    python3 testdata/pipjudge/generate.py --seed 1 --count 1000 >random.jsonl
    python3 testdata/pipjudge/run.py --pip 26.3 --pip 26.0.1 --record random.jsonl

The same seed gives the same scenarios. Each has two to four projects with a few releases, and one to six lines about them in
one to three files; most hashes are right, because a run that goes wrong at its first line says little about the others.
"""

import argparse
import json
import random
import sys

PROJECTS = ["alpha", "beta", "ga-mma", "delta"]
SPELLINGS = {
    "alpha": ["alpha", "alpha", "Alpha"],
    "beta": ["beta", "beta", "BETA"],
    "ga-mma": ["ga-mma", "ga_mma", "Ga.Mma"],
    "delta": ["delta"],
}
# Versions with other spellings of the same.
VERSIONS = {
    "1.0": ["1.0", "1.0", "1", "1.0.0", "v1.0"],
    "1.0.0": ["1.0.0", "1"],
    "1.1": ["1.1", "1.1", "1.1.0"],
    "2.0": ["2.0", "2.0", "2"],
    "2.0rc1": ["2.0rc1", "2.0-RC.1", "2.0c1"],
    "1.0.post1": ["1.0.post1", "1.0-1"],
    "1.0+cpu": ["1.0+cpu", "1.0", "1.0+CPU"],
    "1.0+cpu.2": ["1.0+cpu.2", "1.0"],
    "1!0.5": ["1!0.5"],
    "3.0.dev2": ["3.0.dev2"],
}
WEIGHTS = [10, 2, 5, 6, 2, 2, 2, 1, 1, 1]
TAGS = [
    ("py3-none-any", 9),
    ("py2.py3-none-any", 2),
    ("cp311-cp311-manylinux_2_17_x86_64.manylinux2014_x86_64", 5),
    ("cp311-cp311-manylinux_2_28_x86_64", 2),
    ("cp38-abi3-manylinux2014_x86_64", 2),
    ("cp312-cp312-manylinux2014_x86_64", 2),
    ("cp311-cp311-macosx_11_0_arm64", 3),
    ("cp311-cp311-win_amd64", 2),
    ("cp311-cp311-musllinux_1_2_x86_64", 1),
]
MARKERS_TRUE = ["python_version >= '3.8'", "sys_platform == 'linux'", "python_full_version < '3.12' and os_name == 'posix'", "platform_machine != 'arm64'"]
MARKERS_FALSE = ["python_version < '3.8'", "sys_platform == 'win32'", "extra == 'x'", "platform_python_implementation == 'PyPy' or python_version > '3.11'"]
REQUIRES = [">=3.8", ">=3.8", ">=3.12", "<3", "!=3.11.*", ">=3.7,<4"]


def file_name(project, version, kind):
    stem = f"{project.replace('-', '_')}-{version}"
    return stem + (".tar.gz" if kind == "sdist" else ".egg" if kind == "egg" else f"-{kind}.whl")


class Scenario:
    def __init__(self, rng, narrow):
        self.rng, self.narrow = rng, narrow
        self.mood = rng.choices(["right", "mixed", "wild"], [4, 6, 3])[0]
        publishes = rng.choices([["sha256"], ["sha256", "sha512"], ["sha512"], ["md5"], []], [20, 2, 1, 1, 1])[0]
        self.index = {}
        for project in rng.sample(PROJECTS, 1 if narrow else rng.randint(2, 4)):
            self.index[project] = self.release_files(project, publishes)
        # Lines about one project mostly agree on the release.
        self.meant = {p: rng.choice(self.versions(p)) for p in PROJECTS}

    def chance(self, right, mixed, wild):
        """Tell whether something happens, by how wild the scenario is."""
        return self.rng.random() < {"right": right, "mixed": mixed, "wild": wild}[self.mood]

    def release_files(self, project, publishes):
        rng, files = self.rng, []
        versions = list(dict.fromkeys(rng.choices(list(VERSIONS), WEIGHTS, k=rng.randint(1, 4))))
        for version in versions:
            kinds = {t for t in rng.choices([t for t, _ in TAGS], [w for _, w in TAGS], k=rng.randint(0, 3))}
            fits = any(k.startswith("py") or k.endswith("14_x86_64") or k.endswith("28_x86_64") for k in kinds)
            if rng.random() < (0.5 if fits else 0.9):
                kinds.add("sdist")
            if not kinds or rng.random() < 0.04:
                kinds.add("egg")
            yanked = rng.random() < 0.08
            for kind in sorted(kinds):
                file = {"filename": file_name(project, version, kind), "hashes": dict.fromkeys(publishes, "")}
                if rng.random() < 0.02:
                    file["hashes"] = {}
                if rng.random() < 0.05:
                    file["requires-python"] = rng.choice(REQUIRES)
                if yanked or rng.random() < 0.03:
                    file["yanked"] = "broken"
                files.append(file)
        if rng.random() < 0.2:
            rng.shuffle(files)
        return files

    def versions(self, project):
        names = [f["filename"] for f in self.index.get(project, [])]
        return list(dict.fromkeys(version_of(n) for n in names)) or ["1.0"]

    def hashes(self, project, version):
        """Return the hash options of a line about a release."""
        rng = self.rng
        files = [f["filename"] for f in self.index.get(project, [])]
        own = [n for n in files if version_of(n) == version or (version in ("1.0", "1.0.0") and version_of(n) in ("1.0", "1.0.0"))] or files
        if self.chance(0.3, 0.5, 0.6) and len(own) > 1:
            own = rng.sample(own, rng.randint(1, len(own)))
        if self.chance(0.0, 0.1, 0.3):
            own = [*own, rng.choice(files)] if files else own
        if self.chance(0.1, 0.2, 0.3):
            rng.shuffle(own)
        options = []
        for name in own:
            algorithm = rng.choices(["sha256", "sha512", "sha384", "SHA256"], [60, 2, 1, 1])[0]
            options.append(f"{algorithm.lower()}:{{{algorithm}:{name}}}")
        if self.chance(0.0, 0.08, 0.25) or not options:
            options.append("sha256:{zero}")
            if rng.random() < 0.5:
                options = options[-1:]
        if self.chance(0.0, 0.02, 0.05):
            options.append(rng.choice(["sha256:abcd", "sha256:", "sha512:{zero}"]))
        if self.chance(0.0, 0.004, 0.02):
            options.append(rng.choice(["md5:{zero}", "{zero}"]))
        return options

    def specifier(self, project, version):
        rng = self.rng
        if rng.random() < 0.02:
            version = rng.choice(["9.9", "1.0", "2.0"])
        spelled = rng.choice(VERSIONS.get(version, [version]))
        if not self.chance(0.06, 0.25, 0.5):
            return "==" + spelled
        public = version.split("+")[0]
        return rng.choice(
            ["", "", ">=" + public, "<=" + public, "===" + version, "===" + spelled, f"=={spelled},!=7.7", f"=={spelled},==" + version,
             "~=" + public if "." in public else ">=" + public, "==1.*", ">0.1,<9", "!=" + public, "<2", ">1.0"]
        )  # fmt: skip

    def line(self, project, hashed, constraint=False):
        """Return a requirement or constraint as text; its hashes go on lines of their own now and then."""
        rng = self.rng
        version = self.meant[project] if rng.random() < 0.85 else rng.choice(self.versions(project))
        text = rng.choice(SPELLINGS[project])
        if not constraint and rng.random() < 0.12:
            text += rng.choice(["[x]", "[x]", "[y]", "[x,y]"])
        text += rng.choice(["", "", "", " "]) + self.specifier(project, version)
        if rng.random() < 0.15:
            text += " ; " + rng.choice(MARKERS_TRUE if rng.random() < 0.6 else MARKERS_FALSE)
        options = ["--hash=" + o for o in self.hashes(project, version)] if hashed else []
        if self.narrow and rng.random() < 0.08:
            text = self.direct(project, text, version)
        if len(options) > 1 and rng.random() < 0.5:
            return text.rstrip() + " \\\n    " + " \\\n    ".join(options) + "\n"
        return " ".join([text.rstrip(), *options]) + "\n"

    def direct(self, project, text, version):
        """Return a requirement on one file of the release by URL, most with a hash in it."""
        rng = self.rng
        files = [f["filename"] for f in self.index[project] if not f["filename"].endswith(".egg")]
        name = rng.choice([n for n in files if version_of(n) == version] or files or ["gone-1.0.tar.gz"])
        fragment = rng.choices([f"#sha256={{sha256:{name}}}", f"#md5={{md5:{name}}}", "#sha256={zero}", ""], [6, 1, 1, 4])[0]
        marker = " ;" + text.split(";")[1] if ";" in text else ""
        return f"{project} @ {{base}}/files/{name.replace('+', '%2B').replace('!', '%21')}{fragment}{marker}"

    def lines(self, count, hashed, constraint=False):
        rng, out = self.rng, []
        known = list(self.index)
        projects = rng.sample(known, min(count, len(known)))
        while len(projects) < count:
            projects.append(rng.choice(known if rng.random() < 0.97 or self.narrow else PROJECTS))
        if not constraint and self.chance(0.05, 0.3, 0.4):
            projects[-1] = rng.choice(projects)
        for project in projects:
            out.append(self.line(project, hashed and not self.chance(0.02, 0.12, 0.25), constraint))
            if rng.random() < 0.05:
                out.append(rng.choice(["# a comment\n", "\n", "    # via x\n"]))
        return out

    def options(self):
        rng, out = self.rng, []
        any_project = lambda: rng.choice([":all:", rng.choice(list(self.index)), ",".join(self.index), "BETA"])  # noqa: E731
        for chance, make in (
            (0.07, lambda: "--only-binary " + any_project()),
            (0.06, lambda: "--no-binary=" + any_project()),
            (0.02, lambda: rng.choice(["--no-binary :none:", "--only-binary=:none:"])),
            (0.05, lambda: "--pre"),
            (0.03, lambda: "--prefer-binary"),
            (0.06, lambda: "--require-hashes"),
            (0.03, lambda: "--no-require-hashes"),
        ):
            if rng.random() < chance:
                out.append(make() + "\n")
        return out

    def compose(self):
        rng = self.rng
        hashed = rng.random() < 0.85
        files = {"r.txt": self.options() + self.lines(rng.randint(1, 4), hashed)}

        def insert(name, text):
            files[name].insert(rng.randint(0, len(files[name])), text)

        if rng.random() < 0.4:
            files["sub/c.txt"] = self.lines(rng.randint(1, 2), rng.random() < 0.6, constraint=True)
            insert("r.txt", rng.choice(["-c sub/c.txt\n", "--constraint=sub/c.txt\n"]))
        if rng.random() < 0.25:
            files["sub/b.txt"] = self.lines(rng.randint(1, 2), hashed)
            insert("r.txt", "-r sub/b.txt\n")
            if "sub/c.txt" in files and rng.random() < 0.3:
                insert("sub/b.txt", "-c c.txt\n")
            elif rng.random() < 0.1:
                insert("sub/b.txt", "-c ../r.txt\n" if rng.random() < 0.3 else "--require-hashes\n")
        return {name: "".join(lines) for name, lines in files.items()}


def version_of(filename):
    """Return the version in the name of a file that file_name made."""
    rest = filename.split("-", 1)[1]
    for ending in (".tar.gz", ".egg"):
        if rest.endswith(ending):
            return rest[: -len(ending)]
    return rest.split("-", 1)[0]


def scenario(seed, number, narrow):
    rng = random.Random(f"{seed}/{number}")
    s = Scenario(rng, narrow)
    made = {"id": f"{seed}/{number}", "why": s.mood, "index": s.index, "files": s.compose(), "root": "r.txt"}
    if all(len(f["hashes"]) < 2 for files in s.index.values() for f in files) and rng.random() < 0.1:
        made["serve"] = "html"
    return made


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--seed", default="1", help="what the scenarios follow from")
    parser.add_argument("--count", type=int, default=1000, help="how many scenarios")
    parser.add_argument("--narrow", action="store_true", help="all lines are about one project, and some are URLs")
    options = parser.parse_args()
    for number in range(options.count):
        sys.stdout.write(json.dumps(scenario(options.seed, number, options.narrow), separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main()
