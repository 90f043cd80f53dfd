//! The packages of the demonstration, from which its repository is written.
//!
//! Each shows something that the tool does:
//!
//! - `hello`: a program, a symlink to it, and a directory with the set-group-id bit whose group
//!   is found by its name in the image; it depends on the two next.
//! - `hello-layout`: the directories, one with the sticky bit, and the accounts.
//! - `hello-en` and `hello-fr`: both provide `hello-greeting`, so only one can be there; the
//!   priority makes it the English one unless the other is asked for.
//! - `docs` and `hello-doc`: the second comes by itself where `hello` and `docs` are.

use super::program::program;
use crate::apk::arch::Arch;
use crate::apk::write::{File, PackageSpec, Signer, write_index};
use std::collections::BTreeMap;
use std::io;

/// The architectures that the repository is for.
pub const ARCHES: [Arch; 2] = [Arch::Aarch64, Arch::X86_64];

/// The file whose content the program prints.
pub const GREETING: &str = "/etc/hello/greeting";

/// When the packages were built, whenever that was: 2026-01-01T00:00:00Z. Images have this time
/// too, so it never changes without a new version.
const BUILD_DATE: u64 = 1_767_225_600;
const VERSION: &str = "1.0-r0";

/// The packages for an architecture; without `hello` itself if there is no program for it.
pub fn packages(arch: Arch) -> Vec<PackageSpec> {
    let mut packages = vec![
        layout(),
        language("hello-en", "English", 20, GREETING_EN),
        language("hello-fr", "French", 10, GREETING_FR),
        docs(),
        documentation(),
    ];
    packages.extend(program(arch, GREETING).map(|program| hello(arch, program)));
    packages
}

const GREETING_EN: &str = "Hello! The package hello-en brought this greeting.\n";
const GREETING_FR: &str = "Bonjour ! Le paquet hello-fr a apporté cette salutation.\n";

const PASSWD: &str = "root:x:0:0:root:/:/sbin/nologin\nhello:x:100:101:hello:/:/sbin/nologin\n";
const GROUP: &str = "root:x:0:root\nhello:x:101:\n";

const README: &str = "\
hello prints the content of /etc/hello/greeting, or a line of its own if there is no such file.
";

fn hello(arch: Arch, program: Vec<u8>) -> PackageSpec {
    PackageSpec {
        depends: vec!["hello-greeting".into(), "hello-layout".into()],
        provides: ["cmd:hello", "cmd:hi"]
            .map(|command| format!("{command}={VERSION}"))
            .into(),
        files: vec![
            File::directory("usr"),
            File::directory("usr/bin"),
            File::regular("usr/bin/hello", program).mode(0o755),
            File::symlink("usr/bin/hi", "hello"),
            File::directory("var"),
            File::directory("var/spool"),
            // The packager's machine has another number for the group than the image: the name
            // counts.
            File::directory("var/spool/hello")
                .mode(0o2775)
                .owner("root", "hello", 0, 1000),
        ],
        ..package("hello", arch.name(), "Prints a greeting")
    }
}

fn layout() -> PackageSpec {
    PackageSpec {
        files: vec![
            File::directory("etc"),
            File::regular("etc/group", GROUP),
            File::regular("etc/passwd", PASSWD),
            File::directory("tmp").mode(0o1777),
            File::directory("usr"),
            File::directory("usr/bin"),
            File::directory("var"),
            File::directory("var/spool"),
        ],
        ..package(
            "hello-layout",
            "noarch",
            "Directories and accounts for hello",
        )
    }
}

fn language(name: &str, language: &str, priority: u32, greeting: &str) -> PackageSpec {
    PackageSpec {
        // With a version, for the name to have one owner at a time.
        provides: vec![format!("hello-greeting={VERSION}")],
        provider_priority: Some(priority),
        files: vec![
            File::directory("etc"),
            File::directory("etc/hello"),
            File::regular("etc/hello/greeting", greeting),
        ],
        ..package(
            name,
            "noarch",
            &format!("The greeting of hello in {language}"),
        )
    }
}

fn docs() -> PackageSpec {
    PackageSpec {
        origin: "docs".into(),
        ..package(
            "docs",
            "noarch",
            "Brings the documentation of what is installed",
        )
    }
}

fn documentation() -> PackageSpec {
    PackageSpec {
        install_if: vec![format!("hello={VERSION}"), "docs".into()],
        files: vec![
            File::directory("usr"),
            File::directory("usr/share"),
            File::directory("usr/share/doc"),
            File::directory("usr/share/doc/hello"),
            File::regular("usr/share/doc/hello/README", README),
        ],
        ..package("hello-doc", "noarch", "The documentation of hello")
    }
}

/// What all of them have.
fn package(name: &str, arch: &str, description: &str) -> PackageSpec {
    PackageSpec {
        name: name.into(),
        version: VERSION.into(),
        arch: arch.into(),
        description: description.into(),
        license: "MIT OR Apache-2.0".into(),
        origin: "hello".into(),
        build_date: BUILD_DATE,
        ..PackageSpec::default()
    }
}

/// Writes the whole repository: the bytes of each file by its path, such as
/// `x86_64/APKINDEX.tar.gz`.
///
/// A package of `noarch` is there once, in the folder of that name: that is where its index
/// record says it is.
///
/// # Errors
/// When signing fails.
pub fn write_repository(signer: &Signer) -> io::Result<BTreeMap<String, Vec<u8>>> {
    let mut files = BTreeMap::new();
    for arch in ARCHES {
        let mut records = Vec::new();
        for package in packages(arch) {
            let written = package.write(signer)?;
            let path = format!("{}/{}", package.arch, written.file_name);
            files.insert(path, written.bytes);
            records.push(written.index_record);
        }
        let index = write_index(&records, "apkcompose's demonstration", Some(signer))?;
        files.insert(format!("{arch}/APKINDEX.tar.gz"), index);
    }
    Ok(files)
}
