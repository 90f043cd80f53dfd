//! Records a session at a terminal as `docs/session.svg`: `cargo run --example record-session`.
//!
//! The commands are run by the program as it is, in a pseudo terminal, on the packages that it
//! carries, so that the picture is the same wherever it is made; only how long a build took is
//! left out of it. The picture has no font and no colour of its own: letters are the reader's
//! monospaced ones, and it is dark where the reader's screen is.

// What else is known of a terminal is for tests.
#[allow(dead_code)]
#[path = "../tests/support/pty.rs"]
mod pty;

use std::fmt::Write;
use std::fs;
use std::path::Path;
use std::process::Command;
use vt100::Color;

const COLUMNS: u16 = 92;

const MANIFEST: &str = "\
packages = [\"hello\", \"hello-fr\"]

[[repository]]
url = \"builtin:hello\"

[image]
entrypoint = [\"/usr/bin/hello\"]
user = \"hello\"
";

/// What is typed; a line that begins with `#` is only shown.
const SESSION: &[&str] = &[
    "cat hello.toml",
    "apkcompose build hello.toml",
    "apkcompose tree hello.toml",
    "apkcompose build hello.toml --format rootfs -q && hello.rootfs/usr/bin/hello",
    "# A slip of the finger is answered with its line.",
    "sed -i s/hello-fr/hello-rf/ hello.toml && apkcompose build hello.toml",
];

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let built = Command::new(env!("CARGO"))
        .arg("build")
        .current_dir(root)
        .status()?;
    if !built.success() {
        return Err("the program cannot be built".into());
    }
    let example = std::env::current_exe()?;
    let programs = example
        .parent()
        .and_then(Path::parent)
        .ok_or("no folder of programs")?;
    let folder = tempfile::tempdir()?;
    fs::write(folder.path().join("hello.toml"), MANIFEST)?;

    let mut shown = String::new();
    for line in SESSION {
        write!(shown, "\x1b[1;32m$\x1b[0m \x1b[1m{line}\x1b[0m\r\n")?;
        if line.starts_with('#') {
            continue;
        }
        let mut command = Command::new("/bin/sh");
        command.args(["-c", line]).current_dir(folder.path());
        command.env("PATH", format!("{}:/usr/bin:/bin", programs.display()));
        command.env("APKCOMPOSE_CACHE_DIR", folder.path().join("cache"));
        command.env("TERM", "xterm-256color").env_remove("NO_COLOR");
        let run = pty::run(command, COLUMNS, 60);
        write!(shown, "{}\r\n", without_times(&run.raw))?;
    }
    fs::write(root.join("docs/session.svg"), svg(&shown)?)?;
    Ok(())
}

/// The same without how long a build took.
fn without_times(text: &str) -> String {
    let mut lines: Vec<String> = Vec::new();
    for line in text.split('\n') {
        lines.push(match line.split_once("unpacked), in ") {
            Some((before, _)) => format!("{before}unpacked), in … ms\r"),
            None => line.to_owned(),
        });
    }
    lines.join("\n")
}

/// How wide a letter is and how high a line, in pixels.
const LETTER: (f32, f32) = (8.0, 18.0);
const MARGIN: f32 = 16.0;

const STYLE: &str = "\
text { font: 13px ui-monospace, 'DejaVu Sans Mono', Menlo, Consolas, monospace; fill: #24292f; }
.page { fill: #f6f8fa; stroke: #d0d7de; }
.bold { font-weight: bold; }
.c1 { fill: #b01620; } .c2 { fill: #116329; } .c3 { fill: #7d5600; } .c4 { fill: #0a53be; }
.c5 { fill: #7c2bc4; } .c6 { fill: #12606e; }
@media (prefers-color-scheme: dark) {
text { fill: #e6edf3; } .page { fill: #0d1117; stroke: #30363d; }
.c1 { fill: #ff8a80; } .c2 { fill: #5fd787; } .c3 { fill: #e3b341; } .c4 { fill: #79b8ff; }
.c5 { fill: #d2a8ff; } .c6 { fill: #6fd3e0; }
}";

/// What a terminal shows after all this was sent to it.
fn svg(sent: &str) -> Result<String, std::fmt::Error> {
    let mut terminal = pty::parser(500, COLUMNS);
    terminal.process(sent.as_bytes());
    let screen = terminal.screen();
    let text = screen.contents();
    let rows = text.trim_end().lines().count() as u16;
    let width = f32::from(COLUMNS) * LETTER.0 + 2.0 * MARGIN;
    let height = f32::from(rows) * LETTER.1 + 2.0 * MARGIN;
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" \
         width=\"{width}\" height=\"{height}\" role=\"img\">\n\
         <title>A session with apkcompose</title>\n<style>\n{STYLE}\n</style>\n\
         <rect class=\"page\" x=\"0.5\" y=\"0.5\" width=\"{}\" height=\"{}\" rx=\"8\"/>\n",
        width - 1.0,
        height - 1.0
    );
    for row in 0..rows {
        let mut column = 0;
        while column < COLUMNS {
            let class = |column| screen.cell(row, column).map(class).unwrap_or_default();
            let (start, own) = (column, class(column));
            let mut run = String::new();
            while column < COLUMNS && class(column) == own {
                let cell = screen
                    .cell(row, column)
                    .map(|cell| cell.contents().to_owned());
                let cell = cell.filter(|text| !text.is_empty());
                run.push_str(&cell.unwrap_or_else(|| " ".to_owned()));
                column += 1;
            }
            let blanks = run.chars().take_while(|c| *c == ' ').count();
            let run = run.trim();
            if run.is_empty() {
                continue;
            }
            let x = MARGIN + (f32::from(start) + blanks as f32) * LETTER.0;
            let y = MARGIN + (f32::from(row) + 0.72) * LETTER.1;
            let length = run.chars().count() as f32 * LETTER.0;
            let class = if own.is_empty() {
                own
            } else {
                format!(" class=\"{own}\"")
            };
            writeln!(
                out,
                "<text x=\"{x}\" y=\"{y:.1}\" textLength=\"{length}\" xml:space=\"preserve\"{class}>{}</text>",
                escaped(run)
            )?;
        }
    }
    out.push_str("</svg>\n");
    Ok(out)
}

/// The style sheet's classes of a letter.
fn class(cell: &vt100::Cell) -> String {
    let mut classes = Vec::new();
    if let Color::Idx(number @ 1..=14) = cell.fgcolor()
        && number % 8 != 7
    {
        classes.push(format!("c{}", number % 8));
    }
    if cell.bold() {
        classes.push("bold".to_owned());
    }
    classes.join(" ")
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}
