//! What is wrong with a manifest, and where: places, problems and how they are shown.

use crate::repository::location::mask;
use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};
use std::fmt;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A manifest's text as it was read, kept so that a later stage can still point into it.
#[derive(PartialEq, Eq)]
pub struct Source {
    /// The file, as it was named on the command line or in `extends`.
    pub path: PathBuf,
    /// Its text.
    pub text: String,
    /// What may be shown of it: secrets in addresses are made unreadable, all else is the same.
    shown: String,
}

impl Source {
    pub(crate) fn new(path: &Path, text: &str) -> Arc<Source> {
        // Some editors put a byte order mark there; it is no part of the first line.
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        Arc::new(Source {
            path: path.to_owned(),
            text: text.to_owned(),
            shown: mask(text),
        })
    }
}

impl fmt::Debug for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.path.display())
    }
}

/// A stretch of a manifest's text. Shown as `php.toml:3:5`.
#[derive(Clone, PartialEq, Eq)]
pub struct Place {
    source: Arc<Source>,
    span: Range<usize>,
}

impl Place {
    /// The bytes `span` of `source`; ends beyond the text or within a character move inwards.
    pub fn new(source: &Arc<Source>, span: Range<usize>) -> Place {
        let inside = |mut at: usize| {
            at = at.min(source.text.len());
            while !source.text.is_char_boundary(at) {
                at -= 1;
            }
            at
        };
        let start = inside(span.start);
        Place {
            source: Arc::clone(source),
            span: start..inside(span.end).max(start),
        }
    }

    /// The manifest's file.
    pub fn file(&self) -> &Path {
        &self.source.path
    }

    /// The line, from 1.
    pub fn line(&self) -> usize {
        self.before().matches('\n').count() + 1
    }

    /// The column in characters, from 1.
    pub fn column(&self) -> usize {
        let line = self.before().rsplit('\n').next().unwrap_or("");
        line.chars().count() + 1
    }

    /// Where it begins in the text, in bytes.
    pub(super) fn start(&self) -> usize {
        self.span.start
    }

    fn before(&self) -> &str {
        self.source.text.get(..self.span.start).unwrap_or("")
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let file = self.file().display();
        write!(f, "{file}:{}:{}", self.line(), self.column())
    }
}

impl fmt::Debug for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// One thing that is wrong: what, where and what to do about it. Secrets in addresses are made
/// unreadable wherever it is shown.
///
/// Shown plainly it is one line, `php.toml:3:1: unknown key "packges"; did you mean "packages"?`;
/// [`ManifestError::render`] shows the line of the manifest and the help as well.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Problem {
    /// What is wrong.
    pub message: String,
    /// Where; `None` for what no manifest says (a file that cannot be read at all).
    pub place: Option<Place>,
    /// Another place that has to do with it, and what it has to do with it.
    pub related: Option<(Place, String)>,
    /// What to do.
    pub help: Vec<String>,
}

impl Problem {
    /// A problem that is nowhere yet and has no help.
    pub fn new(message: impl Into<String>) -> Problem {
        Problem {
            message: mask(&message.into()),
            place: None,
            related: None,
            help: Vec::new(),
        }
    }

    /// The same problem, at this place.
    pub fn at(mut self, place: impl Into<Option<Place>>) -> Problem {
        self.place = place.into();
        self
    }

    /// The same problem with a place that has to do with it and a few words why.
    pub fn related(mut self, place: Place, why: impl Into<String>) -> Problem {
        self.related = Some((place, why.into()));
        self
    }

    /// The same problem with a further line of advice.
    pub fn help(mut self, line: impl Into<String>) -> Problem {
        self.help.push(mask(&line.into()));
        self
    }

    fn report(&self) -> Vec<Group<'_>> {
        let title = Level::ERROR.primary_title(&self.message);
        let mut group = match &self.place {
            None => Group::with_title(title),
            Some(place) => {
                let mut main =
                    snippet(place).annotation(AnnotationKind::Primary.span(place.span.clone()));
                let mut other = None;
                if let Some((related, why)) = &self.related {
                    let note = AnnotationKind::Context
                        .span(related.span.clone())
                        .label(why.as_str());
                    if Arc::ptr_eq(&related.source, &place.source) {
                        main = main.annotation(note);
                    } else {
                        other = Some(snippet(related).annotation(note));
                    }
                }
                let group = title.element(main);
                match other {
                    Some(other) => group.element(other),
                    None => group,
                }
            }
        };
        for line in &self.help {
            group = group.element(Level::HELP.message(line));
        }
        vec![group]
    }
}

/// The lines of manifests at these places, each spot underlined, without saying what is wrong
/// there, and what to do. `color` adds the terminal's escape codes. Ends without a line break.
pub fn excerpt(places: &[Place], help: Option<&str>, color: bool) -> String {
    let mut files: Vec<Snippet<'_, annotate_snippets::Annotation<'_>>> = Vec::new();
    let mut last: Option<&Arc<Source>> = None;
    for place in places {
        let spot = AnnotationKind::Primary.span(place.span.clone());
        match files.pop() {
            Some(same) if last.is_some_and(|last| Arc::ptr_eq(last, &place.source)) => {
                files.push(same.annotation(spot));
            }
            before => {
                files.extend(before);
                files.push(snippet(place).annotation(spot));
            }
        }
        last = Some(&place.source);
    }
    let mut group = Group::with_level(Level::ERROR).elements(files);
    if let Some(help) = help {
        group = group.element(Level::HELP.message(help));
    }
    renderer(color).render(&[group])
}

fn renderer(color: bool) -> Renderer {
    match color {
        true => Renderer::styled(),
        false => Renderer::plain(),
    }
}

fn snippet(place: &Place) -> Snippet<'_, annotate_snippets::Annotation<'_>> {
    Snippet::source(place.source.shown.as_str()).path(place.file().display().to_string())
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(place) = &self.place {
            write!(f, "{place}: ")?;
        }
        f.write_str(&self.message)
    }
}

/// Why a manifest cannot be used: at least one problem, in the order of the text.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ManifestError {
    problems: Vec<Problem>,
}

impl ManifestError {
    /// `None` when there is no problem.
    pub(super) fn from_problems(problems: Vec<Problem>) -> Option<ManifestError> {
        (!problems.is_empty()).then_some(ManifestError { problems })
    }

    /// The problems, never none.
    pub fn problems(&self) -> &[Problem] {
        &self.problems
    }

    /// The problems for a reader at a terminal: each with its line of the manifest, the spot
    /// underlined, and what to do. `color` adds the terminal's escape codes. Ends without a
    /// line break.
    pub fn render(&self, color: bool) -> String {
        let renderer = renderer(color);
        let shown: Vec<String> = self
            .problems
            .iter()
            .map(|problem| renderer.render(&problem.report()))
            .collect();
        shown.join("\n\n")
    }
}

impl From<Problem> for ManifestError {
    fn from(problem: Problem) -> ManifestError {
        ManifestError {
            problems: vec![problem],
        }
    }
}

impl fmt::Display for ManifestError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (n, problem) in self.problems.iter().enumerate() {
            if n > 0 {
                f.write_str("\n")?;
            }
            write!(f, "{problem}")?;
        }
        Ok(())
    }
}

impl std::error::Error for ManifestError {}
