"""A picture of what a terminal shows.

    go build -o /tmp/reqhash . && python3 .ci/picture.py /tmp/reqhash docs/terminal.svg

runs the tool in a terminal (tmux) and draws what is to be seen there, colours and all.
"""

import html
import os
import re
import subprocess
import sys
import tempfile
import time

COLUMNS, ROWS = 100, 60
CELL, LINE = 8.4, 18  # pixels
COLOURS = {"31": "#f47067", "32": "#8ddb8c", "33": "#e0b84c", "34": "#6cb6ff", "35": "#dcbdfb", "36": "#76d9e6", "90": "#8b949e"}


def screen(program, *command):
    """What the command leaves on the screen of a terminal, with escape sequences."""
    with tempfile.TemporaryDirectory() as folder:
        os.symlink(os.path.abspath(program), os.path.join(folder, "reqhash"))
        environment = dict(os.environ, PATH=folder + ":" + os.environ["PATH"], TERM="screen-256color", REQHASH_NO_CACHE="true")
        for name in ("CI", "NO_COLOR", "FORCE_COLOR"):
            environment.pop(name, None)

        def tmux(*arguments):
            return subprocess.run(["tmux", "-S", folder + "/socket", "-f", "/dev/null", *arguments], check=True, env=environment, capture_output=True, text=True).stdout

        tmux("new-session", "-d", "-x", str(COLUMNS), "-y", str(ROWS), "sh")
        try:
            tmux("send-keys", "PS1='$ '; clear", "Enter")
            time.sleep(0.5)
            tmux("send-keys", " ".join(command), "Enter")
            for _ in range(100):
                time.sleep(0.1)
                text = tmux("capture-pane", "-e", "-p").rstrip("\n ")
                if text.endswith("$"):
                    return text[:-1].rstrip("\n").split("\n")
            sys.exit("picture.py: the command does not end")
        finally:
            tmux("kill-server")


def draw(lines):
    width, height = round(COLUMNS * CELL + 32), len(lines) * LINE + 32
    out = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" font-family="ui-monospace,Menlo,Consolas,monospace" font-size="14">',
        f'<rect width="{width}" height="{height}" rx="8" fill="#1c2128"/>',
    ]
    colour, bold = None, False
    for number, line in enumerate(lines):
        column, spans = 0, []
        for code, text in re.findall(r"\x1b\[([0-9;]*)m|([^\x1b]+)", line):
            if text:
                style = (f' fill="{colour}"' if colour else "") + (' font-weight="bold"' if bold else "")
                spans.append(f'<tspan x="{16 + column * CELL:.1f}"{style}>{html.escape(text, quote=False)}</tspan>')
                column += len(text)
                continue
            for part in (code or "0").split(";"):
                if part in ("0", ""):
                    colour, bold = None, False
                elif part == "1":
                    bold = True
                elif part == "39":
                    colour = None
                elif part in COLOURS:
                    colour = COLOURS[part]
        out.append(f'<text y="{28 + number * LINE}" fill="#adbac7" xml:space="preserve">{"".join(spans)}</text>')
    return "\n".join(out + ["</svg>", ""])


program, path = sys.argv[1:]
with open(path, "w", encoding="utf-8") as file:
    file.write(draw(screen(program, "reqhash check testdata/acgs/services/gs testdata/acgs/services/pgc")))
