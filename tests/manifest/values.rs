//! What is said of values that cannot be meant.

use crate::{expect, plain};

#[test]
fn a_bad_atom_is_pointed_at_within_its_string() {
    expect(
        "packages = [\n  \"php\",\n  \"git=2.x\",\n]",
        "
        error: \"2.x\" is no version: expected digits{.digits}[a-z]{_suffix[digits]}[~hex][-rN], such as 1.2.3-r0
         --> php.toml:3:8
          |
        3 |   \"git=2.x\",
          |        ^^^",
    );
    expect(
        "packages = [\"php git\"]",
        "
        error: \"php git\" is no package name: ' ' cannot be part of one
         --> php.toml:1:17
          |
        1 | packages = [\"php git\"]
          |                 ^
          |
          = help: write a string for each: \"php\", \"git\"",
    );
    for (text, expected) in [
        ("\"git>\"", "1:17: a version is missing after \">\""),
        ("\"\"", "1:13: a package name is missing"),
        // The escape shifts what stands where: the whole string is pointed at.
        ("\"a\\u003d\"", "1:13: a version is missing after \"=\""),
        ("'''\ngit>'''", "1:13: a version is missing after \">\""),
    ] {
        let text = format!("packages = [{text}]");
        assert_eq!(plain(&text), format!("php.toml:{expected}"));
    }
}

#[test]
fn a_package_asked_for_in_two_ways() {
    expect(
        "packages = [\n  \"php\",\n  \"php~8.3\",\n]",
        "
        error: \"php\" is asked for in two ways
         --> php.toml:3:3
          |
        2 |   \"php\",
          |   ----- and here
        3 |   \"php~8.3\",
          |   ^^^^^^^^^
          |
          = help: the world holds each package once: keep one of them",
    );
}

#[test]
fn files_that_are_not_there() {
    expect(
        "[[file]]\nsource = \"web/index.php\"\ntarget = \"/x\"",
        "
        error: there is no file \"web/index.php\"
         --> php.toml:2:10
          |
        2 | source = \"web/index.php\"
          |          ^^^^^^^^^^^^^^^
          |
          = help: paths start from the folder of the manifest",
    );
    for (text, expected) in [
        (
            "[[file]]\ntarget = \"/x\"\nsource = \"/dev/null\"",
            "3:10: \"/dev/null\" is neither a file nor a folder",
        ),
        (
            "extends = \"base.toml\"",
            "1:11: there is no file \"base.toml\"",
        ),
        ("extends = \"src\"", "1:11: \"src\" is a folder"),
        (
            "[[repository]]\nurl = \"x\"\nkeys = [\"k.pub\"]",
            "3:9: there is no file \"k.pub\"",
        ),
    ] {
        assert_eq!(plain(text), format!("php.toml:{expected}"));
    }
}

#[test]
fn a_target_that_leaves_its_place() {
    expect(
        "[[file]]\ntarget = \"/srv/../etc/passwd\"\ncontent = \"\"",
        "
        error: target \"/srv/../etc/passwd\" must not contain \"..\"
         --> php.toml:2:10
          |
        2 | target = \"/srv/../etc/passwd\"
          |          ^^^^^^^^^^^^^^^^^^^^",
    );
    for (target, expected) in [
        ("\"etc/x\"", "target \"etc/x\" must be an absolute path"),
        ("\"/etc/\"", "target \"/etc/\" names a directory"),
        ("\"/\"", "target \"/\" names a directory"),
        (
            "\"/a\\nb\"",
            "target \"/a\\nb\" must not contain control characters",
        ),
        ("''", "target \"\" must be an absolute path"),
    ] {
        let text = format!("[[file]]\ncontent = \"\"\ntarget = {target}");
        assert_eq!(plain(&text), format!("php.toml:3:10: {expected}"));
    }
}

#[test]
fn a_file_says_one_thing() {
    expect(
        "[[file]]\ntarget = \"/x\"\nsymlink = \"y\"\ncontent = \"z\"",
        "
        error: \"content\" cannot stand beside \"symlink\"
         --> php.toml:4:11
          |
        3 | symlink = \"y\"
          |           --- given here
        4 | content = \"z\"
          |           ^^^
          |
          = help: give exactly one of source, content, symlink, hardlink and directory",
    );
    for (text, expected) in [
        (
            "[[file]]\ntarget = \"/x\"",
            "1:1: [[file]] does not say what to put there",
        ),
        (
            "[[file]]\ntarget = \"/x\"\ndirectory = false",
            "3:13: \"directory\" can only be true",
        ),
        (
            "[[file]]\ntarget = \"/x\"\nsymlink = \"\"",
            "3:11: \"\" cannot be what a symlink points to",
        ),
        (
            "[[file]]\ntarget = \"/x\"\nsymlink = \"y\"\nmode = \"777\"",
            "4:8: a symlink has no mode of its own",
        ),
        (
            "[[file]]\ntarget = \"/x\"\ncontent = \"\"\n[[file]]\ntarget = \"//x\"\ncontent = \"\"",
            "4:1: two files have the target \"/x\"",
        ),
    ] {
        assert_eq!(plain(text), format!("php.toml:{expected}"));
    }
}

#[test]
fn a_mode_is_octal() {
    expect(
        "[[file]]\ntarget = \"/x\"\ncontent = \"\"\nmode = 755",
        "
        error: a mode must be written in octal
         --> php.toml:4:8
          |
        4 | mode = 755
          |        ^^^
          |
          = help: write \"0755\" or 0o755",
    );
    for (mode, expected) in [
        ("0x1ed", "a mode must be written in octal"),
        ("0o10000", "mode 0o10000 is out of range: 0 to 0o7777"),
        ("\"10000\"", "\"10000\" is no octal mode from 0 to 7777"),
        ("\"0899\"", "\"0899\" is no octal mode from 0 to 7777"),
        ("\"+755\"", "\"+755\" is no octal mode from 0 to 7777"),
        ("\"rwx\"", "\"rwx\" is no octal mode from 0 to 7777"),
        ("\"\"", "\"\" is no octal mode from 0 to 7777"),
        ("-1", "-1 is out of range for \"mode\": 0 to 4294967295"),
        ("1.5", "expected an octal mode for \"mode\", found a float"),
    ] {
        let text = format!("[[file]]\ntarget = \"/x\"\ncontent = \"\"\nmode = {mode}");
        assert_eq!(plain(&text), format!("php.toml:4:8: {expected}"));
    }
}

#[test]
fn values_out_of_range() {
    for (text, expected) in [
        (
            "name = \"My App\"",
            "1:8: \"My App\" is no image name: \"My App\" cannot be part of the name: expected lower-case letters and digits, separated by one \".\", one or two \"_\" or any number of \"-\"",
        ),
        (
            "name = \"Demo\"",
            "1:8: \"Demo\" is no image name: names of images are lower-case",
        ),
        (
            "name = \"\"",
            "1:8: \"\" is no image name: a part of the name is empty",
        ),
        (
            "arch = [\"amd64\"]",
            "1:9: \"amd64\" is no architecture of Alpine; did you mean \"x86_64\"?",
        ),
        (
            "arch = [\"noarch\"]",
            "1:9: \"noarch\" is no architecture of Alpine",
        ),
        (
            "arch = [\"aarch46\"]",
            "1:9: \"aarch46\" is no architecture of Alpine; did you mean \"aarch64\"?",
        ),
        (
            "scripts = \"maybe\"",
            "1:11: \"maybe\" is not what can be done with scripts",
        ),
        (
            "scripts-may-fail = [\"php>8\"]",
            "1:21: \"php>8\" is more than a package's name: \"php\" is enough",
        ),
        (
            "exclude = [\"usr/**\"]",
            "1:12: \"usr/**\" matches no path of the image",
        ),
        (
            "exclude = [\"/a[\"]",
            "1:12: \"/a[\" is no glob: unclosed character class; missing ']'",
        ),
        (
            "repositories.alpine = \"3.23.1\"",
            "1:23: \"3.23.1\" is no release of Alpine",
        ),
        (
            "repositories.alpine = \"latest\"",
            "1:23: \"latest\" is no release of Alpine",
        ),
        (
            "image.workdir = \"srv\"",
            "1:17: \"srv\" must be an absolute path",
        ),
        (
            "image.volumes = [\"/a/..\"]",
            "1:18: \"/a/..\" must not contain \"..\"",
        ),
        ("image.user = \"a b\"", "1:14: \"a b\" is no user"),
        ("image.user = \"a:\"", "1:14: \"a:\" is no user"),
        (
            "image.user = 4294967295",
            "1:14: 4294967295 is out of range for \"user\": 0 to 4294967294",
        ),
        (
            "image.user = \"4294967295\"",
            "1:14: \"4294967295\" is no user",
        ),
        ("image.expose = [0]", "1:17: 0 is no port"),
        (
            "image.expose = [65536]",
            "1:17: 65536 is out of range for \"expose\": 0 to 65535",
        ),
        (
            "image.expose = [\"8080:80\"]",
            "1:17: \"8080:80\" is no port",
        ),
        ("image.expose = [\"+80\"]", "1:17: \"+80\" is no port"),
        ("image.expose = [\"80/TCP\"]", "1:17: \"80/TCP\" is no port"),
        ("image.env = [\"A\"]", "1:14: \"A\" has no value"),
        (
            "image.env = [\"=a\"]",
            "1:14: \"\" cannot be the name of a variable",
        ),
        (
            "image.env = { \"A=B\" = \"\" }",
            "1:23: \"A=B\" cannot be the name of a variable",
        ),
        (
            "image.env.A = \"\\u0000\"",
            "1:15: a NUL byte cannot be passed to a program",
        ),
        (
            "image.labels.a.b = \"\"",
            "1:14: a dot behind \"a\" is not quoted",
        ),
        ("image.labels.\"\" = \"\"", "1:14: the name is empty"),
        (
            "image.stop-signal = \"SIGTREM\"",
            "1:21: \"SIGTREM\" is no signal; did you mean \"SIGTERM\"?",
        ),
        (
            "image.stop-signal = 65",
            "1:21: 65 is out of range for \"stop-signal\": 0 to 64",
        ),
        (
            "image.cmd = \"a 'b\"",
            "1:13: \"a 'b\" has a quote that is not closed",
        ),
        (
            "image.cmd = \"a && b\"",
            "1:13: \"&&\" needs a shell, and none would run it",
        ),
        ("image.cmd = \" \"", "1:13: the command is empty"),
        ("[[repository]]", "1:1: [[repository]] needs \"url\""),
        (
            "[[repository]]\nurl = \"\"",
            "2:7: the repository's address is empty",
        ),
        (
            "[[repository]]\nurl = \"https://\"",
            "2:7: the repository's address is empty",
        ),
        (
            "[[repository]]\nurl = \"ftp://x\"",
            "2:7: \"ftp\" is no kind of address that can be read",
        ),
        (
            "[[repository]]\nurl = \"builtin:helo\"",
            "2:7: the program carries no repository \"helo\"",
        ),
        (
            "[[repository]]\nurl = \"builtin:hello\"\nkeys = [\"x\"]",
            "3:8: what the program carries is signed by its own key alone",
        ),
        (
            "[[repository]]\nurl = \"http://a b\"",
            "2:7: \"http://a b\" has characters that no address has",
        ),
        (
            "[[repository]]\nurl = \"http://a/x86_64/APKINDEX.tar.gz\"",
            "2:7: this is the address of an index",
        ),
        (
            "[[repository]]\nurl = \"x\"\ntag = \"@edge\"",
            "3:7: \"@edge\" cannot be a tag",
        ),
        (
            "[[repository]]\nurl = \"x\"\n[[repository]]\nurl = \"x\"",
            "3:1: \"x\" is listed twice",
        ),
        ("[[user]]\nuid = 1", "1:1: [[user]] needs \"name\""),
        (
            "[[user]]\nname = \"a:b\"",
            "2:8: \"a:b\" cannot be the name of a user or group",
        ),
        (
            "[[user]]\nname = \"1a\"",
            "2:8: \"1a\" cannot be the name of a user or group",
        ),
        (
            "[[user]]\nname = \"a\"\nuid = -1",
            "3:7: -1 is out of range for \"uid\": 0 to 4294967294",
        ),
        (
            "[[user]]\nname = \"a\"\ngroup = \"4294967295\"",
            "3:9: 4294967295 is out of range for \"group\": 0 to 4294967294",
        ),
        (
            "[[user]]\nname = \"a\"\nhome = \"x\"",
            "3:8: \"x\" must be an absolute path",
        ),
        (
            "[[user]]\nname = \"a\"\n[[user]]\nname = \"a\"",
            "3:1: the user \"a\" is described twice",
        ),
        (
            "[[group]]\nname = \"a\"\nmembers = [\"b,c\"]",
            "3:12: \"b,c\" cannot be the name of a user or group",
        ),
    ] {
        assert_eq!(plain(text), format!("php.toml:{expected}"), "{text}");
    }
}

#[test]
fn a_healthcheck_that_docker_would_not_take() {
    for (text, expected) in [
        (
            "healthcheck = true",
            "1:21: \"healthcheck\" can only be a table, or false",
        ),
        (
            "healthcheck = {}",
            "1:21: [image.healthcheck] needs \"test\"",
        ),
        ("healthcheck = { test = [] }", "1:30: the test is empty"),
        ("healthcheck = { test = \" \" }", "1:30: the test is empty"),
        (
            "healthcheck = { test = [\"CMD\"] }",
            "1:30: the test is empty",
        ),
        (
            "healthcheck = { test = [\"CMD-SHELL\", \"a\", \"b\"] }",
            "1:30: \"CMD-SHELL\" takes one string",
        ),
        (
            "healthcheck = { test = \"a\", timeout = \"3\" }",
            "1:45: \"3\" is no duration",
        ),
        (
            "healthcheck = { test = \"a\", timeout = 3 }",
            "1:45: expected a duration for \"timeout\", found an integer",
        ),
        (
            "healthcheck = { test = \"a\", interval = \"0s\" }",
            "1:46: \"0s\" is shorter than 1ms",
        ),
        (
            "created = \"yesterday\"",
            "1:17: \"yesterday\" is no time since 1970 with a time zone",
        ),
        (
            "created = 2024-05-01",
            "1:17: \"2024-05-01\" is no time since 1970 with a time zone",
        ),
        (
            "created = true",
            "1:17: expected a time for \"created\", found a boolean",
        ),
        (
            "git = \"yes\"",
            "1:13: expected true or false for \"git\", found a string",
        ),
    ] {
        let found = plain(&format!("image.{text}"));
        assert_eq!(found, format!("php.toml:{expected}"), "{text}");
    }
    assert_eq!(
        plain("minimal = [\"doc\", \"x\"]"),
        "php.toml:1:12: \"doc\" is nothing that can be left out by name; did you mean \"docs\"?\n\
         php.toml:1:19: \"x\" is nothing that can be left out by name"
    );
}

#[test]
fn keys_of_a_file_that_do_not_fit_what_it_is() {
    for (text, expected) in [
        (
            "content = \"\"\nexclude = [\".git\"]",
            "4:11: \"exclude\" is for a folder alone",
        ),
        (
            "content = \"\"\ndirectory-mode = \"700\"",
            "4:18: \"directory-mode\" is for a folder alone",
        ),
        (
            "symlink = \"a\"\ntemplate = true",
            "4:12: \"template\" is for source or content alone",
        ),
        (
            "hardlink = \"/a\"\nmode = \"644\"",
            "4:8: a further name has no mode of its own",
        ),
        (
            "hardlink = \"/a\"\nuser = \"web\"",
            "4:8: a further name has no owner of its own",
        ),
        ("hardlink = \"a\"", "3:12: \"a\" must be an absolute path"),
        (
            "source = \"src\"\nexclude = [\"/x\", \"[\"]",
            "4:12: \"/x\" matches no path in the folder",
        ),
        (
            "source = \"/dev/null\"",
            "3:10: \"/dev/null\" is neither a file nor a folder",
        ),
    ] {
        let found = plain(&format!("[[file]]\ntarget = \"/x\"\n{text}"));
        let first = found.lines().next().unwrap();
        assert_eq!(first, format!("php.toml:{expected}"), "{text}");
    }
    assert_eq!(
        plain("[variables]\n\"a-b\" = \"x\"\nc = 1"),
        "php.toml:2:1: \"a-b\" cannot be the name of a variable\n\
         php.toml:3:5: expected a string for \"c\", found an integer"
    );
    assert_eq!(
        plain("[[user]]\nname = \"a\"\ncomment = \"a:b\"\nhome = \"/a:b\"\nsystem = 1"),
        "php.toml:3:11: \"a:b\" has what /etc/passwd cannot hold: a colon or a line break\n\
         php.toml:4:8: \"/a:b\" has a colon, which /etc/passwd cannot hold\n\
         php.toml:5:10: expected true or false for \"system\", found an integer"
    );
}
