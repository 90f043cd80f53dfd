//! `import`: Dockerfiles and apko's YAML as manifests.

use crate::support::skip::test_data;
use crate::support::{Image, Run, Scene, data, package};
use apkcompose::apk::write::{File, PackageSpec};
use apkcompose::manifest::{self, FileKind, Manifest, Owner};
use std::fs;

/// Imports a file of the working folder; returns the manifest and what was said.
#[track_caller]
fn imported(scene: &Scene, name: &str, args: &[&str]) -> (Manifest, String, Run) {
    let run = scene.run_bare(&[&["import", name], args].concat());
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    let text = run.stdout.clone();
    let manifest = manifest::parse(&scene.output("web.toml"), &text);
    let manifest = manifest.unwrap_or_else(|error| panic!("{error}\n{text}"));
    (manifest, text, run)
}

fn words(manifest: &Manifest) -> Vec<&str> {
    manifest.packages.iter().map(|w| w.atom.as_str()).collect()
}

const DOCKERFILE: &str = r#"# syntax=docker/dockerfile:1
ARG RELEASE=3.22
FROM golang:1.22 AS build
RUN go build -o /app ./...

FROM alpine:${RELEASE} AS final
ARG PHP_VERSION
ENV APP_HOME=/srv/app \
    # why not
    LANG="C.UTF-8" EMPTY=
LABEL org.opencontainers.image.title="A web $LANG server" two='x y'
RUN apk update && apk add --no-cache \
      php~${PHP_VERSION:-8.3} \
      # the certificates
      ca-certificates  && \
    apk add --no-cache -t .build-deps gcc "make>4" \
 && pecl install redis \
 && apk del .build-deps && rm -rf /var/cache/apk/* /tmp/*
RUN addgroup -g 1500 -S web && adduser -S -D -H -u 1500 -G web -h ${APP_HOME} -s /sbin/nologin web && addgroup web tape
RUN apk add --repository=https://dl-cdn.alpinelinux.org/alpine/edge/testing sl
RUN if true; then apk add curl; fi
RUN [ -n "$X" ] && apk add wget || apk add lynx
RUN cat /etc/os-release | grep x && echo "key = \$1" > /etc/app.ini && mkdir -p /data/x \
    && chown web:web /data/x && ln -sf /usr/bin/php /usr/local/bin/p
WORKDIR $APP_HOME
COPY --chown=web:web --chmod=640 index.php conf/*.conf ./
COPY --from=build /app /app
COPY web /srv/web
ADD https://example.org/x.tar.gz /x
COPY missing.txt /etc/
COPY <<EOF /etc/motd
Hello $LANG
EOF
EXPOSE 80 9000-9001/udp
VOLUME ["/data"]
USER web:web
STOPSIGNAL SIGQUIT
HEALTHCHECK --interval=1m30s --retries=2 CMD php -v
ENTRYPOINT ["php", "-S", "0.0.0.0:80"]
CMD -t "$APP_HOME"
"#;

fn dockerfile(scene: &Scene) {
    scene.write("work/Dockerfile", DOCKERFILE);
    scene.write("work/index.php", "<?php");
    scene.write("work/conf/a.conf", "a");
    scene.write("work/conf/b.conf", "b");
    scene.write("work/web/x", "x");
}

#[test]
fn a_dockerfile_becomes_a_manifest() {
    let scene = Scene::new();
    dockerfile(&scene);
    let (manifest, text, _) = imported(&scene, "Dockerfile", &["--build-arg", "PHP_VERSION=8.2"]);
    assert_eq!(manifest.alpine.as_deref(), Some("3.22"));
    assert_eq!(
        words(&manifest),
        [
            "alpine-baselayout",
            "alpine-keys",
            "alpine-release",
            "apk-tools",
            "busybox",
            "libc-utils",
            "php~8.2",
            "ca-certificates",
            "sl@edge-testing",
        ]
    );
    let repository = &manifest.repositories[0];
    assert_eq!(
        repository.url,
        "https://dl-cdn.alpinelinux.org/alpine/edge/testing"
    );
    assert_eq!(repository.tag.as_deref(), Some("edge-testing"));
    let image = &manifest.image;
    let list = |words: &[&str]| Some(words.iter().map(|w| (*w).to_owned()).collect::<Vec<_>>());
    assert_eq!(image.entrypoint, list(&["php", "-S", "0.0.0.0:80"]));
    assert_eq!(image.cmd, list(&["/bin/sh", "-c", "-t \"$APP_HOME\""]));
    let env = [("APP_HOME", "/srv/app"), ("LANG", "C.UTF-8"), ("EMPTY", "")];
    assert_eq!(image.env, env.map(|(a, b)| (a.to_owned(), b.to_owned())));
    assert_eq!(image.user.as_deref(), Some("web:web"));
    assert_eq!(image.workdir.as_deref(), Some("/srv/app"));
    assert_eq!(image.expose, ["80/tcp", "9000/udp", "9001/udp"]);
    assert_eq!(image.volumes, ["/data"]);
    assert_eq!(image.stop_signal.as_deref(), Some("SIGQUIT"));
    assert_eq!(
        image.labels["org.opencontainers.image.title"],
        "A web C.UTF-8 server"
    );
    assert_eq!(image.labels["two"], "x y");
    let health = image.healthcheck.as_ref().unwrap();
    assert!(format!("{health:?}").contains("php -v"), "{health:?}");
    assert!(
        text.contains("interval = \"1m30s\"\nretries = 2\ntest = \"php -v\"\n"),
        "{text}"
    );
    let user = &manifest.users[0];
    assert_eq!((user.name.as_str(), user.uid), ("web", Some(1500)));
    assert_eq!(user.group, Some(Owner::Name("web".into())));
    assert_eq!(user.groups, ["tape"]);
    assert_eq!(user.home.as_deref(), Some("/srv/app"));
    assert_eq!(manifest.groups[0].gid, Some(1500));
    assert!(user.system && manifest.groups[0].system);
    let targets: Vec<&str> = manifest.files.iter().map(|f| f.target.as_str()).collect();
    assert_eq!(
        targets,
        [
            "/etc/app.ini",
            "/data/x",
            "/usr/local/bin/p",
            "/srv/app",
            "/srv/app/index.php",
            "/srv/app/a.conf",
            "/srv/app/b.conf",
            "/srv/web",
            "/etc/motd",
        ]
    );
    assert_eq!(
        manifest.files[0].kind,
        FileKind::Content("key = $1\n".into())
    );
    assert_eq!(manifest.files[1].user, Some(Owner::Name("web".into())));
    assert_eq!(manifest.files[4].mode, Some(0o640));
    assert_eq!(
        manifest.files[8].kind,
        FileKind::Content("Hello C.UTF-8\n".into())
    );
    assert!(
        text.starts_with("# Made by `apkcompose import Dockerfile`.\n"),
        "{text}"
    );
}

#[test]
fn what_does_not_carry_over_is_listed_with_its_line() {
    let scene = Scene::new();
    dockerfile(&scene);
    let (_, text, run) = imported(&scene, "Dockerfile", &[]);
    for (line, what) in [
        (3, "FROM build (another stage"),
        (17, "RUN pecl install redis ("),
        (18, "gcc make (there while building alone"),
        (21, "RUN if true; then apk add curl; fi ("),
        (22, "RUN apk add wget ("),
        (22, "RUN apk add lynx ("),
        (23, "RUN cat /etc/os-release ("),
        (27, "COPY --from=build /app /app ("),
        (29, "ADD https://example.org/x.tar.gz ("),
        (30, "COPY missing.txt (there is no file missing.txt"),
    ] {
        let said = format!("Dockerfile:{line}: left out: {what}");
        assert!(run.stderr.contains(&said), "{said}\n{}", run.stderr);
        let comment = format!("#   {line}: {what}");
        assert!(text.contains(&comment), "{comment}\n{text}");
    }
    let quiet = scene.run_bare(&["import", "Dockerfile", "-q"]);
    assert_eq!((quiet.stdout, quiet.stderr), (text, String::new()));
}

#[test]
fn what_a_manifest_refuses_is_left_out_so_that_the_result_loads() {
    let scene = Scene::new();
    let text = "FROM alpine:edge\nEXPOSE 99999\nSTOPSIGNAL NOSUCH\nUSER a b\nENV A=1\n\
                RUN adduser -D 'x y'\nRUN apk add 'php~'\nRUN echo \"\nENV B=2\n";
    scene.write("work/Dockerfile", text);
    let (manifest, _, run) = imported(&scene, "Dockerfile", &[]);
    assert_eq!(manifest.image.env.len(), 2);
    assert_eq!(manifest.release(), Some("edge"));
    for line in [2, 3, 4, 6, 7] {
        let said = format!("Dockerfile:{line}: left out: ");
        assert!(run.stderr.contains(&said), "{line}: {}", run.stderr);
    }
}

#[test]
fn a_stage_goes_on_from_the_one_that_it_names() {
    let scene = Scene::new();
    let text = "FROM alpine:3.20.3 AS base\nENV A=1\nRUN apk add git\nFROM base\nENV B=$A\n\
                RUN <<-END\n\tapk add curl\n\tapk del git\nEND\nSHELL [\"/bin/ash\", \"-ec\"]\n\
                ENTRYPOINT git\n";
    scene.write("work/build.Dockerfile", text);
    let (manifest, text, run) = imported(&scene, "build.Dockerfile", &[]);
    assert_eq!(manifest.alpine.as_deref(), Some("3.20"));
    assert_eq!(words(&manifest)[6..], ["curl"]);
    assert_eq!(manifest.image.env[1], ("B".into(), "1".into()));
    let entrypoint = ["/bin/ash", "-ec", "git"].map(str::to_owned);
    assert_eq!(manifest.image.entrypoint.as_deref(), Some(&entrypoint[..]));
    assert_eq!(run.stderr, "", "{text}");
}

const APKO: &str = r#"contents:
  repositories:
    - https://dl-cdn.alpinelinux.org/alpine/v3.20/main
    - https://dl-cdn.alpinelinux.org/alpine/v3.20/community
    - "@local packages"
    - https://example.org/repo
  keyring:
    - keys/me.rsa.pub
    - https://example.org/key.rsa.pub
  packages: [alpine-base, "nginx~1.26", mine@local]
entrypoint:
  command: /usr/bin/nginx -c '/etc/my nginx.conf'
cmd: -g "daemon off;"
work-dir: /srv
stop-signal: SIGQUIT
environment:
  VERSION: 3.20
  DEBUG: "yes"
accounts:
  groups:
    - groupname: web
      gid: 10000
      members: [web]
  users:
    - username: web
      uid: 10000
      gid: 10000
  run-as: web
paths:
  - path: /srv/data
    type: directory
    uid: 10000
    gid: 10000
    permissions: 0o755
    recursive: true
  - path: /etc/empty
    type: empty-file
  - path: /usr/bin/web
    type: symlink
    source: /usr/bin/nginx
    uid: 0
  - path: /usr/bin/nginx
    type: permissions
    permissions: 0o755
archs: [x86_64, arm64, quantum]
annotations:
  org.opencontainers.image.title: web
volumes: [/srv/data]
layering:
  strategy: origin
  budget: 7
vcs-detection: false
"#;

#[test]
fn the_yaml_of_apko_becomes_a_manifest() {
    let scene = Scene::new();
    scene.write("work/keys/me.rsa.pub", "key");
    scene.write("work/image.yaml", APKO);
    let (manifest, text, run) = imported(&scene, "image.yaml", &[]);
    assert_eq!(manifest.alpine.as_deref(), Some("3.20"));
    assert_eq!(
        words(&manifest),
        ["alpine-base", "nginx~1.26", "mine@local"]
    );
    assert_eq!(manifest.repositories.len(), 2, "{text}");
    assert!(manifest.repositories[0].url.ends_with("packages"));
    assert_eq!(manifest.repositories[0].tag.as_deref(), Some("local"));
    assert_eq!(manifest.repositories[1].keys.len(), 1);
    let image = &manifest.image;
    let entrypoint = ["/usr/bin/nginx", "-c", "/etc/my nginx.conf"].map(str::to_owned);
    assert_eq!(image.entrypoint.as_deref(), Some(&entrypoint[..]));
    assert_eq!(
        image.cmd.as_deref(),
        Some(&["-g".to_owned(), "daemon off;".to_owned()][..])
    );
    assert!(
        image.env.contains(&("VERSION".into(), "3.20".into())),
        "{:?}",
        image.env
    );
    assert_eq!(image.user.as_deref(), Some("web"));
    assert_eq!(manifest.users[0].group, Some(Owner::Id(10000)));
    assert_eq!(manifest.groups[0].members, ["web"]);
    let names: Vec<&str> = manifest.arch.iter().map(|arch| arch.name()).collect();
    assert_eq!(names, ["x86_64", "aarch64"]);
    let data = &manifest.files[0];
    assert_eq!(manifest.files.len(), 4);
    assert_eq!(
        (data.mode, data.user.clone()),
        (Some(0o755), Some(Owner::Id(10000)))
    );
    assert_eq!(image.annotations["org.opencontainers.image.title"], "web");
    assert_eq!(manifest.layers.budget, Some(7));
    for part in [
        "image.yaml:9: left out: https://example.org/key.rsa.pub (no key is ever fetched",
        "left out: quantum",
        "left out: directory /srv/data: recursive",
        "left out: vcs-detection",
    ] {
        assert!(run.stderr.contains(part), "{part}\n{}", run.stderr);
    }
}

#[test]
fn files_are_named_as_seen_from_the_output() {
    let scene = Scene::new();
    scene.write("work/app/Dockerfile", "FROM alpine:3.22\nCOPY x /etc/x\n");
    scene.write("work/app/x", "x");
    fs::create_dir(scene.output("images")).unwrap();
    let run = scene.run_bare(&["import", "app/Dockerfile", "-o", "images/web.toml"]);
    assert_eq!(
        (run.code, run.stdout.as_str()),
        (Some(0), ""),
        "{}",
        run.stderr
    );
    let text = fs::read_to_string(scene.output("images/web.toml")).unwrap();
    assert!(text.contains("source = \"../app/x\""), "{text}");
    manifest::load(&scene.output("images/web.toml")).unwrap();
    let again = scene.run_bare(&["import", "app/Dockerfile", "-o", "images/web.toml"]);
    again.fails_with(&["images/web.toml is there already"]);
    let run = scene.run_bare(&["import", "app/Dockerfile"]);
    assert!(run.stdout.contains("source = \"app/x\""), "{}", run.stdout);
}

#[test]
fn files_that_make_no_sense_are_refused_with_the_line() {
    let scene = Scene::new();
    for (name, text, part) in [
        (
            "Dockerfile",
            "RUN x\n",
            "Dockerfile:1: RUN stands before any FROM",
        ),
        ("Dockerfile", "# nothing\n", "there is no FROM"),
        (
            "Dockerfile",
            "FROM alpine\n\n???\n",
            "Dockerfile:3: expected an instruction",
        ),
        (
            "Dockerfile",
            "FROM alpine\nRUN <<E\nx\n",
            "the heredoc E has no end",
        ),
        ("x.yaml", "a: [\n", "not YAML"),
        ("x.yaml", "- a\n", "expected keys"),
        ("notes", "hello\n", "looks neither like a Dockerfile"),
    ] {
        scene.write(&format!("work/{name}"), text);
        scene.run_bare(&["import", name]).fails_with(&[part]);
    }
    scene
        .run_bare(&["import", "none"])
        .fails_with(&["cannot read none"]);
}

#[test]
fn what_is_imported_builds() {
    let names = [
        "alpine-baselayout",
        "alpine-keys",
        "alpine-release",
        "apk-tools",
        "busybox",
        "libc-utils",
    ];
    let mut packages: Vec<PackageSpec> = names
        .iter()
        .map(|name| package(name, vec![File::regular(format!("usr/share/{name}"), "x")]))
        .collect();
    packages[0].files.push(File::directory("etc"));
    let passwd = "root:x:0:0:root:/root:/bin/sh\n";
    packages[0].files.push(File::regular("etc/passwd", passwd));
    packages[0]
        .files
        .push(File::regular("etc/group", "root:x:0:\n"));
    packages.push(package(
        "git",
        vec![File::regular("usr/bin/git", "git").mode(0o755)],
    ));
    let scene = Scene::with(&packages);
    scene.write(
        "work/Dockerfile",
        "FROM alpine:3.22\nRUN apk add git && adduser -D -u 1000 me\nWORKDIR /w\nUSER me\n\
         COPY Dockerfile .\nCMD [\"git\"]\n",
    );
    let run = scene.run_bare(&["import", "Dockerfile", "-o", "web.toml"]);
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    scene.run(&["build", "web.toml"]).digest();
    let image = Image::read(&scene.output("web.tar"));
    assert!(image.tree.has("usr/bin/git") && image.tree.has("w/Dockerfile"));
    assert!(image.tree.text("etc/passwd").contains("me:x:1000:1000:"));
}

/// A Dockerfile as people write them, on real packages.
#[test]
fn a_dockerfile_builds_with_real_packages() {
    let Some(data) = test_data("a_dockerfile_builds_with_real_packages") else {
        return;
    };
    let scene = Scene::new();
    scene.write("work/index.html", "hello");
    scene.write(
        "work/Dockerfile",
        "FROM alpine:3.19\nRUN apk add --no-cache openssl \\\n \
         && addgroup -S -g 1001 web && adduser -S -D -H -u 1001 -G web web\n\
         WORKDIR /srv\nCOPY --chown=web:web index.html .\nUSER web\nEXPOSE 80\nCMD openssl version\n",
    );
    let run = scene.run_bare(&["import", "Dockerfile", "-o", "web.toml"]);
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    let mut command = data::command(&scene, &data, &["iso-3.19.1"]);
    command.arg("web.toml");
    Run::of(command).digest();
    let image = Image::read(&scene.output("web.tar"));
    assert!(image.tree.has("usr/bin/openssl") && image.tree.has("sbin/apk"));
    assert!(image.tree.text("etc/passwd").contains("web:x:1001:1001:"));
    assert_eq!(image.tree.text("srv/index.html"), "hello");
}
