
use builtin;
use str;

set edit:completion:arg-completer[apkcompose] = {|@words|
    fn spaces {|n|
        builtin:repeat $n ' ' | str:join ''
    }
    fn cand {|text desc|
        edit:complex-candidate $text &display=$text' '(spaces (- 14 (wcswidth $text)))$desc
    }
    var command = 'apkcompose'
    for word $words[1..-1] {
        if (str:has-prefix $word '-') {
            break
        }
        set command = $command';'$word
    }
    var completions = [
        &'apkcompose'= {
            cand -v 'Say all there is to know: what scripts print, and everything that stands in the way when no choice of packages fits'
            cand --verbose 'Say all there is to know: what scripts print, and everything that stands in the way when no choice of packages fits'
            cand -h 'Print help'
            cand --help 'Print help'
            cand -V 'Print version'
            cand --version 'Print version'
            cand init 'Write a new manifest, with comments that tell what else it can say'
            cand add 'Add packages to a manifest; its comments and layout stay as they are'
            cand remove 'Remove packages from a manifest; its comments and layout stay as they are'
            cand import 'Make a manifest of a Dockerfile or of apko''s YAML'
            cand search 'Look for packages by name and description'
            cand info 'Show all that the repositories say of a package'
            cand build 'Build an image, or a root file system, from a manifest or a few packages'
            cand cache 'Show or shrink the cache of packages, indexes and layers'
            cand diff 'Show what differs between two locks, manifests or images'
            cand lock 'Write down which packages a manifest resolves to, so that it does again'
            cand outdated 'Show what has become newer than the lock'
            cand sbom 'Print the software bill of materials of an image, or of what a manifest makes'
            cand push 'Push an image to registries, built as needed'
            cand vendor 'Copy all packages of a lock into a folder that is a repository itself'
            cand verify 'Build a manifest again and show what of an image is not what it makes'
            cand resolve 'Show which packages a manifest or a few words need, in the order of installation'
            cand size 'Show where the bytes are: by package, by folder, and by the word that brings them'
            cand tree 'Show what the packages of a manifest need, as a tree with sizes'
            cand why 'Show why a package is there: every shortest chain from the manifest''s words to it'
            cand schema 'Print the JSON Schema of manifests, with which editors complete and check them'
            cand completions 'Print a script that completes commands in a shell'
            cand man 'Print the man page, or write those of all verbs into a folder'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'apkcompose;init'= {
            cand -o 'The file to write [default: the name of this folder, with .toml]'
            cand --output 'The file to write [default: the name of this folder, with .toml]'
            cand --alpine 'The release of Alpine that packages come from, such as 3.23'
            cand -q 'Say nothing but errors'
            cand --quiet 'Say nothing but errors'
            cand -v 'Say all there is to know: what scripts print, and everything that stands in the way when no choice of packages fits'
            cand --verbose 'Say all there is to know: what scripts print, and everything that stands in the way when no choice of packages fits'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'apkcompose;add'= {
            cand --repository 'A repository to check against instead of the manifest''s: a URL or a folder'
            cand --arch 'The architecture, such as aarch64; several with commas between them, or all [default: the manifest''s, or this machine''s]'
            cand --key 'A public key to trust for every repository: a file, or a folder of them'
            cand --mirror 'What stands in for Alpine''s official server: a URL or a folder; of several, the next is tried when one fails'
            cand --cache-dir 'Where downloads and layers are kept'
            cand --cache-limit 'How much the cache may hold, such as 500M or 2GiB [default: 5GiB]'
            cand --jobs 'How many packages are fetched and read at once, and how many threads compress [default: the number of processors, at least 4]'
            cand --ca-file 'Certificates (PEM) to verify https: servers against, instead of the system''s'
            cand --timeout 'How long a server may keep silent before it is given up [default: 30, and 10 to connect]'
            cand --retries 'How often to try again what the network or a server failed at [default: 3]'
            cand --no-check 'Write it without looking at the repositories'
            cand --offline 'Open no connection: use what is local or in the cache'
            cand -q 'Say nothing but errors'
            cand --quiet 'Say nothing but errors'
            cand -v 'Say all there is to know: what scripts print, and everything that stands in the way when no choice of packages fits'
            cand --verbose 'Say all there is to know: what scripts print, and everything that stands in the way when no choice of packages fits'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'apkcompose;remove'= {
            cand --repository 'A repository to check against instead of the manifest''s: a URL or a folder'
            cand --arch 'The architecture, such as aarch64; several with commas between them, or all [default: the manifest''s, or this machine''s]'
            cand --key 'A public key to trust for every repository: a file, or a folder of them'
            cand --mirror 'What stands in for Alpine''s official server: a URL or a folder; of several, the next is tried when one fails'
            cand --cache-dir 'Where downloads and layers are kept'
            cand --cache-limit 'How much the cache may hold, such as 500M or 2GiB [default: 5GiB]'
            cand --jobs 'How many packages are fetched and read at once, and how many threads compress [default: the number of processors, at least 4]'
            cand --ca-file 'Certificates (PEM) to verify https: servers against, instead of the system''s'
            cand --timeout 'How long a server may keep silent before it is given up [default: 30, and 10 to connect]'
            cand --retries 'How often to try again what the network or a server failed at [default: 3]'
            cand --no-check 'Write it without looking at the repositories'
            cand --offline 'Open no connection: use what is local or in the cache'
            cand -q 'Say nothing but errors'
            cand --quiet 'Say nothing but errors'
            cand -v 'Say all there is to know: what scripts print, and everything that stands in the way when no choice of packages fits'
            cand --verbose 'Say all there is to know: what scripts print, and everything that stands in the way when no choice of packages fits'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'apkcompose;import'= {
            cand -o 'The manifest to write, which must not be there yet [default: standard output]'
            cand --output 'The manifest to write, which must not be there yet [default: standard output]'
            cand --from 'What the file is [default: what its name and content look like]'
            cand --build-arg 'A value for an ARG of a Dockerfile'
            cand -q 'Say nothing but errors'
            cand --quiet 'Say nothing but errors'
            cand -v 'Say all there is to know: what scripts print, and everything that stands in the way when no choice of packages fits'
            cand --verbose 'Say all there is to know: what scripts print, and everything that stands in the way when no choice of packages fits'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'apkcompose;search'= {
            cand -m 'The manifest (TOML) whose repositories are looked into [default: Alpine''s latest release that this program knows]'
            cand --manifest 'The manifest (TOML) whose repositories are looked into [default: Alpine''s latest release that this program knows]'
            cand --alpine 'The release of Alpine whose main and community are used, such as 3.23'
            cand --repository 'A repository to use instead of the manifest''s: a URL or a folder'
            cand --arch 'The architecture, such as aarch64; several with commas between them, or all [default: the manifest''s, or this machine''s]'
            cand --key 'A public key to trust for every repository: a file, or a folder of them'
            cand --mirror 'What stands in for Alpine''s official server: a URL or a folder; of several, the next is tried when one fails'
            cand --cache-dir 'Where downloads and layers are kept'
            cand --cache-limit 'How much the cache may hold, such as 500M or 2GiB [default: 5GiB]'
            cand --jobs 'How many packages are fetched and read at once, and how many threads compress [default: the number of processors, at least 4]'
            cand --ca-file 'Certificates (PEM) to verify https: servers against, instead of the system''s'
            cand --timeout 'How long a server may keep silent before it is given up [default: 30, and 10 to connect]'
            cand --retries 'How often to try again what the network or a server failed at [default: 3]'
            cand --exact 'Only the package of exactly this name'
            cand --json 'Print what was found as JSON'
            cand --offline 'Open no connection: use what is local or in the cache'
            cand -q 'Say nothing but errors'
            cand --quiet 'Say nothing but errors'
            cand -v 'Say all there is to know: what scripts print, and everything that stands in the way when no choice of packages fits'
            cand --verbose 'Say all there is to know: what scripts print, and everything that stands in the way when no choice of packages fits'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'apkcompose;info'= {
            cand -m 'The manifest (TOML) whose repositories are looked into [default: Alpine''s latest release that this program knows]'
            cand --manifest 'The manifest (TOML) whose repositories are looked into [default: Alpine''s latest release that this program knows]'
            cand --alpine 'The release of Alpine whose main and community are used, such as 3.23'
            cand --repository 'A repository to use instead of the manifest''s: a URL or a folder'
            cand --arch 'The architecture, such as aarch64; several with commas between them, or all [default: the manifest''s, or this machine''s]'
            cand --key 'A public key to trust for every repository: a file, or a folder of them'
            cand --mirror 'What stands in for Alpine''s official server: a URL or a folder; of several, the next is tried when one fails'
            cand --cache-dir 'Where downloads and layers are kept'
            cand --cache-limit 'How much the cache may hold, such as 500M or 2GiB [default: 5GiB]'
            cand --jobs 'How many packages are fetched and read at once, and how many threads compress [default: the number of processors, at least 4]'
            cand --ca-file 'Certificates (PEM) to verify https: servers against, instead of the system''s'
            cand --timeout 'How long a server may keep silent before it is given up [default: 30, and 10 to connect]'
            cand --retries 'How often to try again what the network or a server failed at [default: 3]'
            cand --required-by 'List the packages that depend on it'
            cand --json 'Print it as JSON'
            cand --offline 'Open no connection: use what is local or in the cache'
            cand -q 'Say nothing but errors'
            cand --quiet 'Say nothing but errors'
            cand -v 'Say all there is to know: what scripts print, and everything that stands in the way when no choice of packages fits'
            cand --verbose 'Say all there is to know: what scripts print, and everything that stands in the way when no choice of packages fits'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'apkcompose;build'= {
            cand --package 'A package to add, as in apk''s world: name, name=1.2-r0, name~8.3, name@tag'
            cand --alpine 'The release of Alpine whose main and community are used, such as 3.23'
            cand --repository 'A repository to use instead of the manifest''s: a URL or a folder'
            cand --arch 'The architecture, such as aarch64; several with commas between them, or all [default: the manifest''s, or this machine''s]'
            cand --key 'A public key to trust for every repository: a file, or a folder of them'
            cand --mirror 'What stands in for Alpine''s official server: a URL or a folder; of several, the next is tried when one fails'
            cand --cache-dir 'Where downloads and layers are kept'
            cand --cache-limit 'How much the cache may hold, such as 500M or 2GiB [default: 5GiB]'
            cand --jobs 'How many packages are fetched and read at once, and how many threads compress [default: the number of processors, at least 4]'
            cand --ca-file 'Certificates (PEM) to verify https: servers against, instead of the system''s'
            cand --timeout 'How long a server may keep silent before it is given up [default: 30, and 10 to connect]'
            cand --retries 'How often to try again what the network or a server failed at [default: 3]'
            cand -o 'The file or folder to write, or - for standard output [default: the image''s name, in this folder]'
            cand --output 'The file or folder to write, or - for standard output [default: the image''s name, in this folder]'
            cand --format 'What to write'
            cand --name 'The name of the image, such as me/php:8.3'
            cand --sbom 'Write a software bill of materials beside the output: spdx (NAME.spdx.json) or cyclonedx (NAME.cdx.json); may be given for each'
            cand --scripts 'Whether the packages'' install scripts are run, in a sandbox [default: the manifest''s, or run]'
            cand --script-timeout 'How long a script may take'
            cand --script-output 'How much a script may print'
            cand --entrypoint 'The command, split into words as a shell would'
            cand --cmd 'Arguments for the entrypoint, or the command if there is none'
            cand --env 'An environment variable'
            cand --user 'Who runs the command'
            cand --workdir 'Where the command starts'
            cand --expose 'A port that it listens on'
            cand --label 'A label of the image''s configuration'
            cand --annotation 'An annotation of the image''s manifest'
            cand --author 'Who is responsible for the image'
            cand --set 'A variable of the manifest''s templates'
            cand --locked 'Use the lock beside the manifest, and fail when it is missing or does not fit'
            cand --offline 'Open no connection: use what is local or in the cache'
            cand -q 'Say nothing but errors'
            cand --quiet 'Say nothing but errors'
            cand --sbom-files 'List every file in it, with SHA-1 and SHA-256'
            cand --provenance 'Write what the output was built from beside it, as an in-toto statement (NAME.intoto.json)'
            cand --git 'Say which commit of which git repository the manifest is from, in labels and annotations'
            cand --standard-annotations 'Say in labels and annotations what else is known: title, version, time, author'
            cand -v 'Say all there is to know: what scripts print, and everything that stands in the way when no choice of packages fits'
            cand --verbose 'Say all there is to know: what scripts print, and everything that stands in the way when no choice of packages fits'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'apkcompose;cache'= {
            cand -v 'Say all there is to know: what scripts print, and everything that stands in the way when no choice of packages fits'
            cand --verbose 'Say all there is to know: what scripts print, and everything that stands in the way when no choice of packages fits'
            cand -h 'Print help'
            cand --help 'Print help'
            cand info 'Show where the cache is and what it holds'
            cand clean 'Remove what was not used for longest, or everything'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'apkcompose;cache;info'= {
            cand --cache-dir 'Where downloads and layers are kept'
            cand -v 'Say all there is to know: what scripts print, and everything that stands in the way when no choice of packages fits'
            cand --verbose 'Say all there is to know: what scripts print, and everything that stands in the way when no choice of packages fits'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'apkcompose;cache;clean'= {
            cand --cache-dir 'Where downloads and layers are kept'
            cand --keep 'How much may stay, such as 500M or 2GiB'
            cand -v 'Say all there is to know: what scripts print, and everything that stands in the way when no choice of packages fits'
            cand --verbose 'Say all there is to know: what scripts print, and everything that stands in the way when no choice of packages fits'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'apkcompose;cache;help'= {
            cand info 'Show where the cache is and what it holds'
            cand clean 'Remove what was not used for longest, or everything'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'apkcompose;cache;help;info'= {
        }
        &'apkcompose;cache;help;clean'= {
        }
        &'apkcompose;cache;help;help'= {
        }
        &'apkcompose;diff'= {
            cand --arch 'The architecture, such as aarch64; several with commas between them, or all [default: the manifest''s, or this machine''s]'
            cand --key 'A public key to trust for every repository: a file, or a folder of them'
            cand --mirror 'What stands in for Alpine''s official server: a URL or a folder; of several, the next is tried when one fails'
            cand --cache-dir 'Where downloads and layers are kept'
            cand --cache-limit 'How much the cache may hold, such as 500M or 2GiB [default: 5GiB]'
            cand --jobs 'How many packages are fetched and read at once, and how many threads compress [default: the number of processors, at least 4]'
            cand --ca-file 'Certificates (PEM) to verify https: servers against, instead of the system''s'
            cand --timeout 'How long a server may keep silent before it is given up [default: 30, and 10 to connect]'
            cand --retries 'How often to try again what the network or a server failed at [default: 3]'
            cand --json 'Print the differences as JSON'
            cand --offline 'Open no connection: use what is local or in the cache'
            cand -q 'Say nothing but errors'
            cand --quiet 'Say nothing but errors'
            cand -v 'Say all there is to know: what scripts print, and everything that stands in the way when no choice of packages fits'
            cand --verbose 'Say all there is to know: what scripts print, and everything that stands in the way when no choice of packages fits'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'apkcompose;lock'= {
            cand --update 'Move these packages, or all of them, to what the repositories have now'
            cand --arch 'The architecture, such as aarch64; several with commas between them, or all [default: the manifest''s, or this machine''s]'
            cand --key 'A public key to trust for every repository: a file, or a folder of them'
            cand --mirror 'What stands in for Alpine''s official server: a URL or a folder; of several, the next is tried when one fails'
            cand --cache-dir 'Where downloads and layers are kept'
            cand --cache-limit 'How much the cache may hold, such as 500M or 2GiB [default: 5GiB]'
            cand --jobs 'How many packages are fetched and read at once, and how many threads compress [default: the number of processors, at least 4]'
            cand --ca-file 'Certificates (PEM) to verify https: servers against, instead of the system''s'
            cand --timeout 'How long a server may keep silent before it is given up [default: 30, and 10 to connect]'
            cand --retries 'How often to try again what the network or a server failed at [default: 3]'
            cand --check 'Write nothing; exit with 1 when the lock is missing or does not fit the manifest'
            cand --offline 'Open no connection: use what is local or in the cache'
            cand -q 'Say nothing but errors'
            cand --quiet 'Say nothing but errors'
            cand -v 'Say all there is to know: what scripts print, and everything that stands in the way when no choice of packages fits'
            cand --verbose 'Say all there is to know: what scripts print, and everything that stands in the way when no choice of packages fits'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'apkcompose;outdated'= {
            cand --arch 'The architecture, such as aarch64; several with commas between them, or all [default: the manifest''s, or this machine''s]'
            cand --key 'A public key to trust for every repository: a file, or a folder of them'
            cand --mirror 'What stands in for Alpine''s official server: a URL or a folder; of several, the next is tried when one fails'
            cand --cache-dir 'Where downloads and layers are kept'
            cand --cache-limit 'How much the cache may hold, such as 500M or 2GiB [default: 5GiB]'
            cand --jobs 'How many packages are fetched and read at once, and how many threads compress [default: the number of processors, at least 4]'
            cand --ca-file 'Certificates (PEM) to verify https: servers against, instead of the system''s'
            cand --timeout 'How long a server may keep silent before it is given up [default: 30, and 10 to connect]'
            cand --retries 'How often to try again what the network or a server failed at [default: 3]'
            cand --json 'Print the changes as JSON'
            cand --offline 'Open no connection: use what is local or in the cache'
            cand -q 'Say nothing but errors'
            cand --quiet 'Say nothing but errors'
            cand -v 'Say all there is to know: what scripts print, and everything that stands in the way when no choice of packages fits'
            cand --verbose 'Say all there is to know: what scripts print, and everything that stands in the way when no choice of packages fits'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'apkcompose;sbom'= {
            cand --format 'spdx (2.3) or cyclonedx (1.6)'
            cand --arch 'The architecture, such as aarch64; several with commas between them, or all [default: the manifest''s, or this machine''s]'
            cand --key 'A public key to trust for every repository: a file, or a folder of them'
            cand --mirror 'What stands in for Alpine''s official server: a URL or a folder; of several, the next is tried when one fails'
            cand --cache-dir 'Where downloads and layers are kept'
            cand --cache-limit 'How much the cache may hold, such as 500M or 2GiB [default: 5GiB]'
            cand --jobs 'How many packages are fetched and read at once, and how many threads compress [default: the number of processors, at least 4]'
            cand --ca-file 'Certificates (PEM) to verify https: servers against, instead of the system''s'
            cand --timeout 'How long a server may keep silent before it is given up [default: 30, and 10 to connect]'
            cand --retries 'How often to try again what the network or a server failed at [default: 3]'
            cand --files 'List every file, with SHA-1 and SHA-256'
            cand --offline 'Open no connection: use what is local or in the cache'
            cand -q 'Say nothing but errors'
            cand --quiet 'Say nothing but errors'
            cand -v 'Say all there is to know: what scripts print, and everything that stands in the way when no choice of packages fits'
            cand --verbose 'Say all there is to know: what scripts print, and everything that stands in the way when no choice of packages fits'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'apkcompose;push'= {
            cand --package 'A package to add, as in apk''s world: name, name=1.2-r0, name~8.3, name@tag'
            cand --alpine 'The release of Alpine whose main and community are used, such as 3.23'
            cand --repository 'A repository to use instead of the manifest''s: a URL or a folder'
            cand --arch 'The architecture, such as aarch64; several with commas between them, or all [default: the manifest''s, or this machine''s]'
            cand --key 'A public key to trust for every repository: a file, or a folder of them'
            cand --mirror 'What stands in for Alpine''s official server: a URL or a folder; of several, the next is tried when one fails'
            cand --cache-dir 'Where downloads and layers are kept'
            cand --cache-limit 'How much the cache may hold, such as 500M or 2GiB [default: 5GiB]'
            cand --jobs 'How many packages are fetched and read at once, and how many threads compress [default: the number of processors, at least 4]'
            cand --ca-file 'Certificates (PEM) to verify https: servers against, instead of the system''s'
            cand --timeout 'How long a server may keep silent before it is given up [default: 30, and 10 to connect]'
            cand --retries 'How often to try again what the network or a server failed at [default: 3]'
            cand --insecure-registry 'A registry that is reached without TLS, as those on this machine are; with its port'
            cand --scripts 'Whether the packages'' install scripts are run, in a sandbox [default: the manifest''s, or run]'
            cand --script-timeout 'How long a script may take'
            cand --script-output 'How much a script may print'
            cand --entrypoint 'The command, split into words as a shell would'
            cand --cmd 'Arguments for the entrypoint, or the command if there is none'
            cand --env 'An environment variable'
            cand --user 'Who runs the command'
            cand --workdir 'Where the command starts'
            cand --expose 'A port that it listens on'
            cand --label 'A label of the image''s configuration'
            cand --annotation 'An annotation of the image''s manifest'
            cand --author 'Who is responsible for the image'
            cand --set 'A variable of the manifest''s templates'
            cand --locked 'Use the lock beside the manifest, and fail when it is missing or does not fit'
            cand --offline 'Open no connection: use what is local or in the cache'
            cand -q 'Say nothing but errors'
            cand --quiet 'Say nothing but errors'
            cand --git 'Say which commit of which git repository the manifest is from, in labels and annotations'
            cand --standard-annotations 'Say in labels and annotations what else is known: title, version, time, author'
            cand -v 'Say all there is to know: what scripts print, and everything that stands in the way when no choice of packages fits'
            cand --verbose 'Say all there is to know: what scripts print, and everything that stands in the way when no choice of packages fits'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'apkcompose;vendor'= {
            cand --sign-key 'A private RSA key (PEM, PKCS#8) to sign the index with; its public half goes into keys/'
            cand --arch 'The architecture, such as aarch64; several with commas between them, or all [default: the manifest''s, or this machine''s]'
            cand --key 'A public key to trust for every repository: a file, or a folder of them'
            cand --mirror 'What stands in for Alpine''s official server: a URL or a folder; of several, the next is tried when one fails'
            cand --cache-dir 'Where downloads and layers are kept'
            cand --cache-limit 'How much the cache may hold, such as 500M or 2GiB [default: 5GiB]'
            cand --jobs 'How many packages are fetched and read at once, and how many threads compress [default: the number of processors, at least 4]'
            cand --ca-file 'Certificates (PEM) to verify https: servers against, instead of the system''s'
            cand --timeout 'How long a server may keep silent before it is given up [default: 30, and 10 to connect]'
            cand --retries 'How often to try again what the network or a server failed at [default: 3]'
            cand --offline 'Open no connection: use what is local or in the cache'
            cand -q 'Say nothing but errors'
            cand --quiet 'Say nothing but errors'
            cand -v 'Say all there is to know: what scripts print, and everything that stands in the way when no choice of packages fits'
            cand --verbose 'Say all there is to know: what scripts print, and everything that stands in the way when no choice of packages fits'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'apkcompose;verify'= {
            cand --package 'A package to add, as in apk''s world: name, name=1.2-r0, name~8.3, name@tag'
            cand --alpine 'The release of Alpine whose main and community are used, such as 3.23'
            cand --repository 'A repository to use instead of the manifest''s: a URL or a folder'
            cand --arch 'The architecture, such as aarch64; several with commas between them, or all [default: the manifest''s, or this machine''s]'
            cand --key 'A public key to trust for every repository: a file, or a folder of them'
            cand --mirror 'What stands in for Alpine''s official server: a URL or a folder; of several, the next is tried when one fails'
            cand --cache-dir 'Where downloads and layers are kept'
            cand --cache-limit 'How much the cache may hold, such as 500M or 2GiB [default: 5GiB]'
            cand --jobs 'How many packages are fetched and read at once, and how many threads compress [default: the number of processors, at least 4]'
            cand --ca-file 'Certificates (PEM) to verify https: servers against, instead of the system''s'
            cand --timeout 'How long a server may keep silent before it is given up [default: 30, and 10 to connect]'
            cand --retries 'How often to try again what the network or a server failed at [default: 3]'
            cand --locked 'Use the lock beside the manifest, and fail when it is missing or does not fit'
            cand --offline 'Open no connection: use what is local or in the cache'
            cand -q 'Say nothing but errors'
            cand --quiet 'Say nothing but errors'
            cand --json 'Print the report as JSON'
            cand -v 'Say all there is to know: what scripts print, and everything that stands in the way when no choice of packages fits'
            cand --verbose 'Say all there is to know: what scripts print, and everything that stands in the way when no choice of packages fits'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'apkcompose;resolve'= {
            cand --package 'A package to add, as in apk''s world: name, name=1.2-r0, name~8.3, name@tag'
            cand --alpine 'The release of Alpine whose main and community are used, such as 3.23'
            cand --repository 'A repository to use instead of the manifest''s: a URL or a folder'
            cand --arch 'The architecture, such as aarch64; several with commas between them, or all [default: the manifest''s, or this machine''s]'
            cand --key 'A public key to trust for every repository: a file, or a folder of them'
            cand --mirror 'What stands in for Alpine''s official server: a URL or a folder; of several, the next is tried when one fails'
            cand --cache-dir 'Where downloads and layers are kept'
            cand --cache-limit 'How much the cache may hold, such as 500M or 2GiB [default: 5GiB]'
            cand --jobs 'How many packages are fetched and read at once, and how many threads compress [default: the number of processors, at least 4]'
            cand --ca-file 'Certificates (PEM) to verify https: servers against, instead of the system''s'
            cand --timeout 'How long a server may keep silent before it is given up [default: 30, and 10 to connect]'
            cand --retries 'How often to try again what the network or a server failed at [default: 3]'
            cand --locked 'Use the lock beside the manifest, and fail when it is missing or does not fit'
            cand --offline 'Open no connection: use what is local or in the cache'
            cand -q 'Say nothing but errors'
            cand --quiet 'Say nothing but errors'
            cand --json 'Print the full entries as JSON'
            cand -v 'Say all there is to know: what scripts print, and everything that stands in the way when no choice of packages fits'
            cand --verbose 'Say all there is to know: what scripts print, and everything that stands in the way when no choice of packages fits'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'apkcompose;size'= {
            cand --plot 'Draw a treemap'
            cand --depth 'How deep folders are told apart'
            cand --top 'How many rows of each table are shown'
            cand --repository 'A repository to use instead of the manifests'': a URL or a folder'
            cand --arch 'The architecture, such as aarch64; several with commas between them, or all [default: the manifest''s, or this machine''s]'
            cand --key 'A public key to trust for every repository: a file, or a folder of them'
            cand --mirror 'What stands in for Alpine''s official server: a URL or a folder; of several, the next is tried when one fails'
            cand --cache-dir 'Where downloads and layers are kept'
            cand --cache-limit 'How much the cache may hold, such as 500M or 2GiB [default: 5GiB]'
            cand --jobs 'How many packages are fetched and read at once, and how many threads compress [default: the number of processors, at least 4]'
            cand --ca-file 'Certificates (PEM) to verify https: servers against, instead of the system''s'
            cand --timeout 'How long a server may keep silent before it is given up [default: 30, and 10 to connect]'
            cand --retries 'How often to try again what the network or a server failed at [default: 3]'
            cand --json 'Print everything as JSON'
            cand --offline 'Open no connection: use what is local or in the cache'
            cand -q 'Say nothing but errors'
            cand --quiet 'Say nothing but errors'
            cand -v 'Say all there is to know: what scripts print, and everything that stands in the way when no choice of packages fits'
            cand --verbose 'Say all there is to know: what scripts print, and everything that stands in the way when no choice of packages fits'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'apkcompose;tree'= {
            cand --package 'A package to add, as in apk''s world: name, name=1.2-r0, name~8.3, name@tag'
            cand --alpine 'The release of Alpine whose main and community are used, such as 3.23'
            cand --repository 'A repository to use instead of the manifest''s: a URL or a folder'
            cand --arch 'The architecture, such as aarch64; several with commas between them, or all [default: the manifest''s, or this machine''s]'
            cand --key 'A public key to trust for every repository: a file, or a folder of them'
            cand --mirror 'What stands in for Alpine''s official server: a URL or a folder; of several, the next is tried when one fails'
            cand --cache-dir 'Where downloads and layers are kept'
            cand --cache-limit 'How much the cache may hold, such as 500M or 2GiB [default: 5GiB]'
            cand --jobs 'How many packages are fetched and read at once, and how many threads compress [default: the number of processors, at least 4]'
            cand --ca-file 'Certificates (PEM) to verify https: servers against, instead of the system''s'
            cand --timeout 'How long a server may keep silent before it is given up [default: 30, and 10 to connect]'
            cand --retries 'How often to try again what the network or a server failed at [default: 3]'
            cand --locked 'Use the lock beside the manifest, and fail when it is missing or does not fit'
            cand --offline 'Open no connection: use what is local or in the cache'
            cand -q 'Say nothing but errors'
            cand --quiet 'Say nothing but errors'
            cand --json 'Print the tree as JSON'
            cand -v 'Say all there is to know: what scripts print, and everything that stands in the way when no choice of packages fits'
            cand --verbose 'Say all there is to know: what scripts print, and everything that stands in the way when no choice of packages fits'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'apkcompose;why'= {
            cand --package 'A package to add, as in apk''s world: name, name=1.2-r0, name~8.3, name@tag'
            cand --alpine 'The release of Alpine whose main and community are used, such as 3.23'
            cand --repository 'A repository to use instead of the manifest''s: a URL or a folder'
            cand --arch 'The architecture, such as aarch64; several with commas between them, or all [default: the manifest''s, or this machine''s]'
            cand --key 'A public key to trust for every repository: a file, or a folder of them'
            cand --mirror 'What stands in for Alpine''s official server: a URL or a folder; of several, the next is tried when one fails'
            cand --cache-dir 'Where downloads and layers are kept'
            cand --cache-limit 'How much the cache may hold, such as 500M or 2GiB [default: 5GiB]'
            cand --jobs 'How many packages are fetched and read at once, and how many threads compress [default: the number of processors, at least 4]'
            cand --ca-file 'Certificates (PEM) to verify https: servers against, instead of the system''s'
            cand --timeout 'How long a server may keep silent before it is given up [default: 30, and 10 to connect]'
            cand --retries 'How often to try again what the network or a server failed at [default: 3]'
            cand --locked 'Use the lock beside the manifest, and fail when it is missing or does not fit'
            cand --offline 'Open no connection: use what is local or in the cache'
            cand -q 'Say nothing but errors'
            cand --quiet 'Say nothing but errors'
            cand --json 'Print the chains as JSON'
            cand -v 'Say all there is to know: what scripts print, and everything that stands in the way when no choice of packages fits'
            cand --verbose 'Say all there is to know: what scripts print, and everything that stands in the way when no choice of packages fits'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'apkcompose;schema'= {
            cand -v 'Say all there is to know: what scripts print, and everything that stands in the way when no choice of packages fits'
            cand --verbose 'Say all there is to know: what scripts print, and everything that stands in the way when no choice of packages fits'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'apkcompose;completions'= {
            cand -v 'Say all there is to know: what scripts print, and everything that stands in the way when no choice of packages fits'
            cand --verbose 'Say all there is to know: what scripts print, and everything that stands in the way when no choice of packages fits'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'apkcompose;man'= {
            cand -v 'Say all there is to know: what scripts print, and everything that stands in the way when no choice of packages fits'
            cand --verbose 'Say all there is to know: what scripts print, and everything that stands in the way when no choice of packages fits'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'apkcompose;help'= {
            cand init 'Write a new manifest, with comments that tell what else it can say'
            cand add 'Add packages to a manifest; its comments and layout stay as they are'
            cand remove 'Remove packages from a manifest; its comments and layout stay as they are'
            cand import 'Make a manifest of a Dockerfile or of apko''s YAML'
            cand search 'Look for packages by name and description'
            cand info 'Show all that the repositories say of a package'
            cand build 'Build an image, or a root file system, from a manifest or a few packages'
            cand cache 'Show or shrink the cache of packages, indexes and layers'
            cand diff 'Show what differs between two locks, manifests or images'
            cand lock 'Write down which packages a manifest resolves to, so that it does again'
            cand outdated 'Show what has become newer than the lock'
            cand sbom 'Print the software bill of materials of an image, or of what a manifest makes'
            cand push 'Push an image to registries, built as needed'
            cand vendor 'Copy all packages of a lock into a folder that is a repository itself'
            cand verify 'Build a manifest again and show what of an image is not what it makes'
            cand resolve 'Show which packages a manifest or a few words need, in the order of installation'
            cand size 'Show where the bytes are: by package, by folder, and by the word that brings them'
            cand tree 'Show what the packages of a manifest need, as a tree with sizes'
            cand why 'Show why a package is there: every shortest chain from the manifest''s words to it'
            cand schema 'Print the JSON Schema of manifests, with which editors complete and check them'
            cand completions 'Print a script that completes commands in a shell'
            cand man 'Print the man page, or write those of all verbs into a folder'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'apkcompose;help;init'= {
        }
        &'apkcompose;help;add'= {
        }
        &'apkcompose;help;remove'= {
        }
        &'apkcompose;help;import'= {
        }
        &'apkcompose;help;search'= {
        }
        &'apkcompose;help;info'= {
        }
        &'apkcompose;help;build'= {
        }
        &'apkcompose;help;cache'= {
            cand info 'Show where the cache is and what it holds'
            cand clean 'Remove what was not used for longest, or everything'
        }
        &'apkcompose;help;cache;info'= {
        }
        &'apkcompose;help;cache;clean'= {
        }
        &'apkcompose;help;diff'= {
        }
        &'apkcompose;help;lock'= {
        }
        &'apkcompose;help;outdated'= {
        }
        &'apkcompose;help;sbom'= {
        }
        &'apkcompose;help;push'= {
        }
        &'apkcompose;help;vendor'= {
        }
        &'apkcompose;help;verify'= {
        }
        &'apkcompose;help;resolve'= {
        }
        &'apkcompose;help;size'= {
        }
        &'apkcompose;help;tree'= {
        }
        &'apkcompose;help;why'= {
        }
        &'apkcompose;help;schema'= {
        }
        &'apkcompose;help;completions'= {
        }
        &'apkcompose;help;man'= {
        }
        &'apkcompose;help;help'= {
        }
    ]
    $completions[$command]
}
