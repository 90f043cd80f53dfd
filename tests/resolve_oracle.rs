//! The resolver against what `apk` itself chose, on the official indexes and on its own cases.
//!
//! Runs when `APKCOMPOSE_TEST_DATA` names the folder with that data, as an absolute path or
//! relative to the crate; says so on stderr and passes otherwise.

use apkcompose::apk::catalogue::Catalogue;
use apkcompose::apk::dependency::Dependency;
use apkcompose::apk::index::Index;
use apkcompose::solver::{Repository, Request, Solution, Unsolvable, resolve, resolve_in};
use std::collections::BTreeMap;
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

const ARCH: &str = "x86_64";

fn test_data() -> Option<PathBuf> {
    let Some(folder) = std::env::var_os("APKCOMPOSE_TEST_DATA") else {
        eprintln!("SKIPPED: APKCOMPOSE_TEST_DATA is not set, nothing was compared with apk");
        return None;
    };
    Some(Path::new(env!("CARGO_MANIFEST_DIR")).join(folder))
}

/// The APKINDEX text of an index file: the second gzip member is a tar that holds it.
fn official_index(file: &Path) -> Index {
    let bytes = fs::read(file).unwrap();
    let mut rest = &bytes[..];
    flate2::bufread::GzDecoder::new(&mut rest)
        .read_to_end(&mut Vec::new())
        .unwrap();
    let mut archive = tar::Archive::new(flate2::bufread::GzDecoder::new(rest));
    for entry in archive.entries().unwrap() {
        let mut entry = entry.unwrap();
        if entry.path_bytes().as_ref() == b"APKINDEX" {
            let mut text = String::new();
            entry.read_to_string(&mut text).unwrap();
            return Index::parse(text).unwrap();
        }
    }
    panic!("{} holds no APKINDEX", file.display());
}

/// The lines `(1/4) Installing d (1.5)` of a solution.
fn installing(solution: &Solution, repositories: &[Repository<'_>]) -> Vec<String> {
    let count = solution.install.len();
    let lines = solution.install.iter().enumerate().map(|(i, s)| {
        let entry = repositories[s.repository].index.entry(s.position);
        let tag = s.tag.as_ref().map(|t| format!("@{t}")).unwrap_or_default();
        let (name, version) = (entry.name, entry.version);
        format!("({}/{count}) Installing {name}{tag} ({version})", i + 1)
    });
    lines.collect()
}

/// A message of apk with its line breaks undone: one line a package, one a label.
fn unwrapped(message: &str) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for line in message.trim_end().lines().skip(1) {
        match (line.strip_prefix("     "), lines.last_mut()) {
            (Some(more), Some(last)) => {
                last.push(' ');
                last.push_str(more.trim());
            }
            _ => lines.push(line.trim().to_owned()),
        }
    }
    lines
}

/// The lines without the items of their labels: packages and labels.
fn subjects(lines: &[String]) -> Vec<&str> {
    let label = |line: &'_ String| line.split_once(": ").map(|(label, _)| label.len());
    let subject = |line| label(line).map_or(&line[..], |len| &line[..len]);
    lines.iter().map(subject).collect()
}

/// The same lines of our own findings.
fn lines_of(error: &Unsolvable) -> Vec<String> {
    let mut lines = Vec::new();
    for problem in &error.problems {
        lines.push(format!("{}:", problem.subject));
        for (label, items) in &problem.findings {
            lines.push(format!("{label}: {}", items.join(" ")));
        }
    }
    lines
}

#[derive(serde::Deserialize)]
struct Case {
    id: u32,
    repositories: Vec<String>,
    world: Vec<String>,
    install: Option<Vec<String>>,
    error: Option<String>,
}

#[test]
fn official_indexes_resolve_as_apk_resolves_them() {
    let Some(data) = test_data() else { return };
    let mut indexes: BTreeMap<String, Index> = BTreeMap::new();
    // Made once for each list of repositories, as the cache would give it.
    let mut catalogues: BTreeMap<Vec<String>, Catalogue> = BTreeMap::new();
    let cases = fs::read_to_string(data.join("oracle/resolve/cases.jsonl")).unwrap();
    let (mut count, mut inexact, mut wrong) = (0, 0, Vec::new());
    for line in cases.lines() {
        let case: Case = serde_json::from_str(line).unwrap();
        for name in &case.repositories {
            indexes.entry(name.clone()).or_insert_with(|| {
                let path = format!("alpine/v3.19/{name}/{ARCH}/APKINDEX.tar.gz");
                official_index(&data.join(path))
            });
        }
        let repositories: Vec<Repository<'_>> = case
            .repositories
            .iter()
            .map(|name| Repository {
                index: &indexes[name],
                tag: None,
                name,
            })
            .collect();
        let world: Vec<Dependency<'_>> = case
            .world
            .iter()
            .map(|w| Dependency::parse_world(w).unwrap())
            .collect();
        let request = Request {
            world: &world,
            origins: &[],
            repositories: &repositories,
            arch: ARCH,
        };
        let catalogue = catalogues
            .entry(case.repositories.clone())
            .or_insert_with(|| {
                let indexes: Vec<&Index> = repositories.iter().map(|r| r.index).collect();
                Catalogue::new(&indexes)
            });
        count += 1;
        let problem = match (resolve_in(&request, catalogue), &case.install, &case.error) {
            (Ok(solution), Some(expected), None) => {
                let found: Vec<String> = solution
                    .install
                    .iter()
                    .map(|s| {
                        repositories[s.repository]
                            .index
                            .entry(s.position)
                            .full_name()
                    })
                    .collect();
                let same = found.iter().zip(expected).position(|(a, b)| a != b);
                (found != *expected).then(|| {
                    let extra: Vec<_> = found.iter().filter(|f| !expected.contains(f)).collect();
                    let missing: Vec<_> = expected.iter().filter(|f| !found.contains(f)).collect();
                    let at = same.map(|at| (&found[at], &expected[at]));
                    format!("first differs at {same:?} {at:?}, has {extra:?} too much and {missing:?} too little")
                })
            }
            (Err(error), None, Some(expected)) => {
                let (found, expected) = (lines_of(&error), unwrapped(expected));
                inexact += u32::from(found != expected);
                let (found, expected) = (subjects(&found), subjects(&expected));
                (found != expected).then(|| format!("{found:?} instead of {expected:?}"))
            }
            (Ok(_), _, error) => Some(format!("resolved instead of {error:?}")),
            (Err(error), ..) => Some(format!("failed: {}", lines_of(&error).join("\n"))),
        };
        if let Some(problem) = problem {
            wrong.push(format!("case {} {:?}: {problem}", case.id, case.world));
        }
    }
    for w in &wrong {
        eprintln!("{w}");
    }
    eprintln!("{count} cases; in {inexact} the same packages and labels with other items");
    assert!(wrong.is_empty(), "{} of {count} differ", wrong.len());
}

#[test]
fn small_cases_resolve_as_apk_resolves_them() {
    let Some(data) = test_data() else { return };
    let folder = data.join("oracle/solver");
    let mut files: Vec<PathBuf> = fs::read_dir(&folder)
        .unwrap()
        .map(|f| f.unwrap().path())
        .filter(|f| f.extension().is_some_and(|e| e == "test"))
        .collect();
    files.sort();
    let mut wrong = Vec::new();
    for file in &files {
        let text = fs::read_to_string(file).unwrap();
        let (setup, expected) = text.split_once("@EXPECT\n").unwrap();
        let first = expected.lines().next().unwrap();
        let expected = match first {
            "ERROR: unable to select packages:" => unwrapped(expected),
            _ => expected.lines().map(str::to_owned).collect(),
        };
        let found = small_case(&folder, setup);
        if found != expected {
            let file = file.display();
            wrong.push(format!("{file}: {found:#?}\n   instead of {expected:#?}"));
        }
    }
    for w in &wrong {
        eprintln!("{w}");
    }
    assert!(
        wrong.is_empty(),
        "{} of {} differ",
        wrong.len(),
        files.len()
    );
}

/// What apk would print.
fn small_case(folder: &Path, setup: &str) -> Vec<String> {
    let (mut words, mut indexes, mut virtual_package) = (Vec::new(), Vec::new(), None);
    for line in setup.lines() {
        let mut parts = line.split(' ');
        match parts.next() {
            Some("@ARGS") => {
                let mut rest = parts.skip(1);
                while let Some(word) = rest.next() {
                    if word == "-t" {
                        virtual_package = rest.next();
                    } else {
                        words.push(word);
                    }
                }
            }
            Some("@WORLD") => words.extend(parts),
            Some("@REPO") => {
                let mut parts: Vec<&str> = parts.collect();
                let file = parts.pop().unwrap();
                let tag = parts.pop().map(|t| t.trim_start_matches('@'));
                let text = fs::read_to_string(folder.join(file)).unwrap();
                indexes.push((tag, file, Index::parse(text).unwrap()));
            }
            other => panic!("{other:?} in {setup}"),
        }
    }
    let mut world = Vec::new();
    for word in words {
        // A package made up on the command line has no tags in its dependencies.
        let atom = match virtual_package {
            Some(_) => Dependency::parse(word),
            None => Dependency::parse_world(word),
        };
        match atom {
            Ok(atom) => world.push(atom),
            Err(_) => {
                return vec![format!(
                    "ERROR: '{word}' is not a valid package dependency, format is name([<>~=]version)"
                )];
            }
        }
    }
    let repositories: Vec<Repository<'_>> = indexes
        .iter()
        .map(|(tag, name, index)| Repository {
            index,
            tag: *tag,
            name,
        })
        .collect();
    match resolve(&Request {
        world: &world,
        origins: &[],
        repositories: &repositories,
        arch: ARCH,
    }) {
        Ok(solution) => {
            let mut lines = installing(&solution, &repositories);
            let bytes: u64 = solution
                .install
                .iter()
                .map(|s| {
                    repositories[s.repository]
                        .index
                        .entry(s.position)
                        .installed_size
                })
                .sum();
            let count = solution.install.len();
            lines.push(format!("OK: {bytes} B in {count} packages"));
            lines
        }
        Err(error) => lines_of(&error),
    }
}

#[test]
fn versions_compare_as_apk_compares_them() {
    use apkcompose::apk::{dependency::Op, version};
    let Some(data) = test_data() else { return };
    let text = fs::read_to_string(data.join("oracle/version.data")).unwrap();
    let mut wrong = Vec::new();
    for line in text.lines() {
        let line = line.split('#').next().unwrap_or_default().trim();
        let words: Vec<&str> = line.split_whitespace().collect();
        let holds = match words[..] {
            [] => true,
            [v] => match v.strip_prefix('!') {
                Some(v) => !version::is_valid(v),
                None => version::is_valid(v),
            },
            [a, op, b] => {
                let atom = format!("x{}{b}", op.trim_start_matches('!'));
                let op_of = Dependency::parse(&atom).unwrap();
                let identity = apkcompose::apk::identity::Identity::Sha1([0; 20]);
                let _ = Op::EQUAL;
                op_of.describes(Some(a), &identity) != op.starts_with('!')
            }
            _ => false,
        };
        if !holds {
            wrong.push(line.to_owned());
        }
    }
    assert!(wrong.is_empty(), "{wrong:?}");
}
