//! Worlds and repositories in a few words.

// Each test binary uses a part of this.
#![allow(dead_code)]

use apkcompose::apk::dependency::Dependency;
use apkcompose::apk::index::Index;
use apkcompose::solver::{Repository, Request, Solution, Unsolvable, resolve};

/// A world and the repositories that it is resolved in.
#[derive(Clone, Default, Debug)]
pub struct World {
    words: String,
    repositories: Vec<(Option<String>, String)>,
    packages: u32,
}

impl World {
    /// The words of the world, separated by spaces; there is one repository without a tag.
    pub fn new(words: &str) -> World {
        World {
            words: words.to_owned(),
            ..World::default()
        }
        .repository(None)
    }

    /// Begins a further repository.
    pub fn repository(mut self, tag: Option<&str>) -> World {
        let tag = tag.map(str::to_owned);
        self.repositories.push((tag, String::new()));
        self
    }

    /// Adds a package to the last repository: `name version`, then fields by their letters with
    /// commas for the spaces of a list, such as `D:b,c>1`.
    pub fn package(mut self, text: &str) -> World {
        let mut words = text.split(' ');
        let (name, version) = (words.next().unwrap(), words.next().unwrap());
        self.packages += 1;
        let mut digest = [0; 20];
        digest[..4].copy_from_slice(&self.packages.to_le_bytes());
        let identity = apkcompose::apk::identity::Identity::Sha1(digest);
        let (_, index) = self.repositories.last_mut().unwrap();
        *index += &format!("C:{identity}\nP:{name}\nV:{version}\nS:1\nI:1\n");
        for field in words {
            *index += &format!("{}\n", field.replace(',', " "));
        }
        index.push('\n');
        self
    }

    /// Adds words to the world.
    pub fn word(mut self, words: &str) -> World {
        self.words = format!("{} {words}", self.words);
        self
    }

    /// Calls back with the request that this stands for.
    pub fn with_request<T>(&self, callback: impl FnOnce(&Request<'_>) -> T) -> T {
        let words = self.words.split(' ').filter(|word| !word.is_empty());
        let world: Vec<Dependency<'_>> =
            words.map(|w| Dependency::parse_world(w).unwrap()).collect();
        let origins: Vec<String> = (1..=world.len()).map(|n| format!("php.toml:{n}")).collect();
        let indexes: Vec<Index> = self
            .repositories
            .iter()
            .map(|(_, text)| Index::parse(text.clone()).unwrap())
            .collect();
        let names: Vec<String> = (0..indexes.len())
            .map(|n| format!("repository {n}"))
            .collect();
        let repositories: Vec<Repository<'_>> = indexes
            .iter()
            .zip(&self.repositories)
            .zip(&names)
            .map(|((index, (tag, _)), name)| Repository {
                index,
                tag: tag.as_deref(),
                name,
            })
            .collect();
        callback(&Request {
            world: &world,
            origins: &origins,
            repositories: &repositories,
            arch: "x86_64",
        })
    }

    fn resolve(&self) -> Result<(Solution, String), Unsolvable> {
        self.with_request(|request| {
            let solution = resolve(request)?;
            let names: Vec<String> = solution
                .install
                .iter()
                .map(|s| {
                    let index = request.repositories[s.repository].index;
                    let name = index.entry(s.position).full_name();
                    let tag = s.tag.as_ref().map(|t| format!("@{t}"));
                    name + &tag.unwrap_or_default()
                })
                .collect();
            Ok((solution, names.join(" ")))
        })
    }

    /// The packages in the order of installation, as `name-version` or `name-version@tag`.
    #[track_caller]
    pub fn install(&self) -> String {
        self.resolve().unwrap_or_else(|error| panic!("{error}")).1
    }

    /// What stands in the way: `subject: label items, label items`.
    #[track_caller]
    pub fn fail(&self) -> Vec<String> {
        let problems = self.resolve().unwrap_err().problems;
        let line = |p: &apkcompose::solver::Problem| {
            let findings: Vec<String> = p
                .findings
                .iter()
                .map(|(label, items)| format!("{label} {}", items.join(" ")))
                .collect();
            format!("{}: {}", p.subject, findings.join(", "))
        };
        problems.iter().map(line).collect()
    }

    /// The short explanation.
    #[track_caller]
    pub fn report(&self) -> String {
        self.resolve().unwrap_err().report(false)
    }
}
