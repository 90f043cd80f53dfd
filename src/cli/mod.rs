//! The command line: one file a verb. It is the only room that prints: data on standard output,
//! talk on standard error.

mod add;
mod bars;
mod build;
mod cache;
mod completions;
mod diff;
mod edited;
mod image;
mod import;
mod info;
mod init;
mod interrupt;
mod lock;
mod making;
mod man;
mod network;
mod options;
mod outdated;
mod push;
mod registries;
mod remove;
mod resolve;
mod say;
mod sbom;
mod schema;
mod search;
mod several;
mod shipped;
mod size;
mod stream;
mod summary;
mod terminal;
mod tree;
mod vendor;
mod verify;
mod why;

pub use shipped::shipped;

use crate::sandbox;
use clap::{CommandFactory, Parser, Subcommand};
use std::process::ExitCode;

/// Compose container images from Alpine packages: no Docker, no root, the same bytes everywhere.
#[derive(Debug, Parser)]
#[command(
    name = "apkcompose",
    version,
    arg_required_else_help = true,
    after_help = "\
Examples:
  apkcompose build php.toml                        writes the image php.tar
  apkcompose build --package git --output git.tar  needs no manifest
  apkcompose help build                            explains a verb

The exit code is 0, 1 after a failure, or 2 when the arguments make no sense."
)]
struct Arguments {
    #[command(subcommand)]
    verb: Verb,

    /// Say all there is to know: what scripts print, and everything that stands in the way when
    /// no choice of packages fits
    #[arg(long, short, global = true)]
    verbose: bool,
}

#[derive(Debug, Subcommand)]
enum Verb {
    Init(init::Init),
    Add(add::Add),
    Remove(remove::Remove),
    Import(import::Import),
    Search(search::Search),
    Info(info::Info),
    Build(Box<build::Build>),
    Cache(cache::Cache),
    Diff(diff::Diff),
    Lock(lock::Lock),
    Outdated(outdated::Outdated),
    Sbom(sbom::Sbom),
    Push(Box<push::Push>),
    Vendor(vendor::Vendor),
    Verify(verify::Verify),
    Resolve(resolve::Resolve),
    Size(size::Size),
    Tree(tree::Tree),
    Why(why::Why),
    Schema(schema::Schema),
    Completions(completions::Completions),
    Man(man::Man),
}

/// What the command line understands, for what is made from that.
pub fn command() -> clap::Command {
    Arguments::command()
}

/// Runs the program on the arguments and the environment of the process.
///
/// Exits by itself with 2 when the arguments make no sense, and with 0 after `--help`.
/// Otherwise returns 0, or 1 after a failure that it has reported.
pub fn main() -> ExitCode {
    // Not a verb: this program starts itself so.
    if let Some(code) = sandbox::child::main(std::env::args_os().skip(1)) {
        return code;
    }
    let Arguments { verb, verbose } = Arguments::parse();
    interrupt::tidy();
    let result = match verb {
        Verb::Init(init) => init.run(),
        Verb::Add(add) => add.run(),
        Verb::Remove(remove) => remove.run(),
        Verb::Import(import) => import.run(),
        Verb::Search(search) => search.run(),
        Verb::Info(info) => info.run(),
        Verb::Build(build) => build.run(verbose),
        Verb::Cache(cache) => cache.run(),
        Verb::Diff(diff) => diff.run(),
        Verb::Lock(lock) => lock.run(),
        Verb::Outdated(outdated) => outdated.run(),
        Verb::Sbom(sbom) => sbom.run(),
        Verb::Push(push) => push.run(verbose),
        Verb::Vendor(vendor) => vendor.run(),
        Verb::Verify(verify) => verify.run(verbose),
        Verb::Resolve(resolve) => resolve.run(),
        Verb::Size(size) => size.run(verbose),
        Verb::Tree(tree) => tree.run(),
        Verb::Why(why) => why.run(),
        Verb::Schema(schema) => schema.run(),
        Verb::Completions(completions) => completions.run(),
        Verb::Man(man) => man.run(),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            say::failure(&failure, verbose);
            failure.exit_code()
        }
    }
}
