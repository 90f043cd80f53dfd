# Print an optspec for argparse to handle cmd's options that are independent of any subcommand.
function __fish_apkcompose_global_optspecs
    string join \n v/verbose h/help V/version
end

function __fish_apkcompose_needs_command
    # Figure out if the current invocation already has a command.
    set -l cmd (commandline -opc)
    set -e cmd[1]
    argparse -s (__fish_apkcompose_global_optspecs) -- $cmd 2>/dev/null
    or return
    if set -q argv[1]
        # Also print the command, so this can be used to figure out what it is.
        echo $argv[1]
        return 1
    end
    return 0
end

function __fish_apkcompose_using_subcommand
    set -l cmd (__fish_apkcompose_needs_command)
    test -z "$cmd"
    and return 1
    contains -- $cmd[1] $argv
end

complete -c apkcompose -n "__fish_apkcompose_needs_command" -s v -l verbose -d 'Say all there is to know: what scripts print, and everything that stands in the way when no choice of packages fits'
complete -c apkcompose -n "__fish_apkcompose_needs_command" -s h -l help -d 'Print help'
complete -c apkcompose -n "__fish_apkcompose_needs_command" -s V -l version -d 'Print version'
complete -c apkcompose -n "__fish_apkcompose_needs_command" -f -a "init" -d 'Write a new manifest, with comments that tell what else it can say'
complete -c apkcompose -n "__fish_apkcompose_needs_command" -f -a "add" -d 'Add packages to a manifest; its comments and layout stay as they are'
complete -c apkcompose -n "__fish_apkcompose_needs_command" -f -a "remove" -d 'Remove packages from a manifest; its comments and layout stay as they are'
complete -c apkcompose -n "__fish_apkcompose_needs_command" -f -a "import" -d 'Make a manifest of a Dockerfile or of apko\'s YAML'
complete -c apkcompose -n "__fish_apkcompose_needs_command" -f -a "search" -d 'Look for packages by name and description'
complete -c apkcompose -n "__fish_apkcompose_needs_command" -f -a "info" -d 'Show all that the repositories say of a package'
complete -c apkcompose -n "__fish_apkcompose_needs_command" -f -a "build" -d 'Build an image, or a root file system, from a manifest or a few packages'
complete -c apkcompose -n "__fish_apkcompose_needs_command" -f -a "cache" -d 'Show or shrink the cache of packages, indexes and layers'
complete -c apkcompose -n "__fish_apkcompose_needs_command" -f -a "diff" -d 'Show what differs between two locks, manifests or images'
complete -c apkcompose -n "__fish_apkcompose_needs_command" -f -a "lock" -d 'Write down which packages a manifest resolves to, so that it does again'
complete -c apkcompose -n "__fish_apkcompose_needs_command" -f -a "outdated" -d 'Show what has become newer than the lock'
complete -c apkcompose -n "__fish_apkcompose_needs_command" -f -a "sbom" -d 'Print the software bill of materials of an image, or of what a manifest makes'
complete -c apkcompose -n "__fish_apkcompose_needs_command" -f -a "push" -d 'Push an image to registries, built as needed'
complete -c apkcompose -n "__fish_apkcompose_needs_command" -f -a "vendor" -d 'Copy all packages of a lock into a folder that is a repository itself'
complete -c apkcompose -n "__fish_apkcompose_needs_command" -f -a "verify" -d 'Build a manifest again and show what of an image is not what it makes'
complete -c apkcompose -n "__fish_apkcompose_needs_command" -f -a "resolve" -d 'Show which packages a manifest or a few words need, in the order of installation'
complete -c apkcompose -n "__fish_apkcompose_needs_command" -f -a "size" -d 'Show where the bytes are: by package, by folder, and by the word that brings them'
complete -c apkcompose -n "__fish_apkcompose_needs_command" -f -a "tree" -d 'Show what the packages of a manifest need, as a tree with sizes'
complete -c apkcompose -n "__fish_apkcompose_needs_command" -f -a "why" -d 'Show why a package is there: every shortest chain from the manifest\'s words to it'
complete -c apkcompose -n "__fish_apkcompose_needs_command" -f -a "schema" -d 'Print the JSON Schema of manifests, with which editors complete and check them'
complete -c apkcompose -n "__fish_apkcompose_needs_command" -f -a "completions" -d 'Print a script that completes commands in a shell'
complete -c apkcompose -n "__fish_apkcompose_needs_command" -f -a "man" -d 'Print the man page, or write those of all verbs into a folder'
complete -c apkcompose -n "__fish_apkcompose_needs_command" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c apkcompose -n "__fish_apkcompose_using_subcommand init" -s o -l output -d 'The file to write [default: the name of this folder, with .toml]' -r -F
complete -c apkcompose -n "__fish_apkcompose_using_subcommand init" -l alpine -d 'The release of Alpine that packages come from, such as 3.23' -r
complete -c apkcompose -n "__fish_apkcompose_using_subcommand init" -s q -l quiet -d 'Say nothing but errors'
complete -c apkcompose -n "__fish_apkcompose_using_subcommand init" -s v -l verbose -d 'Say all there is to know: what scripts print, and everything that stands in the way when no choice of packages fits'
complete -c apkcompose -n "__fish_apkcompose_using_subcommand init" -s h -l help -d 'Print help'
complete -c apkcompose -n "__fish_apkcompose_using_subcommand add" -l repository -d 'A repository to check against instead of the manifest\'s: a URL or a folder' -r
complete -c apkcompose -n "__fish_apkcompose_using_subcommand add" -l arch -d 'The architecture, such as aarch64; several with commas between them, or all [default: the manifest\'s, or this machine\'s]' -r
complete -c apkcompose -n "__fish_apkcompose_using_subcommand add" -l key -d 'A public key to trust for every repository: a file, or a folder of them' -r -F
complete -c apkcompose -n "__fish_apkcompose_using_subcommand add" -l mirror -d 'What stands in for Alpine\'s official server: a URL or a folder; of several, the next is tried when one fails' -r
complete -c apkcompose -n "__fish_apkcompose_using_subcommand add" -l cache-dir -d 'Where downloads and layers are kept' -r -F
complete -c apkcompose -n "__fish_apkcompose_using_subcommand add" -l cache-limit -d 'How much the cache may hold, such as 500M or 2GiB [default: 5GiB]' -r
complete -c apkcompose -n "__fish_apkcompose_using_subcommand add" -l jobs -d 'How many packages are fetched and read at once, and how many threads compress [default: the number of processors, at least 4]' -r
complete -c apkcompose -n "__fish_apkcompose_using_subcommand add" -l ca-file -d 'Certificates (PEM) to verify https: servers against, instead of the system\'s' -r -F
complete -c apkcompose -n "__fish_apkcompose_using_subcommand add" -l timeout -d 'How long a server may keep silent before it is given up [default: 30, and 10 to connect]' -r
complete -c apkcompose -n "__fish_apkcompose_using_subcommand add" -l retries -d 'How often to try again what the network or a server failed at [default: 3]' -r
complete -c apkcompose -n "__fish_apkcompose_using_subcommand add" -l no-check -d 'Write it without looking at the repositories'
complete -c apkcompose -n "__fish_apkcompose_using_subcommand add" -l offline -d 'Open no connection: use what is local or in the cache'
complete -c apkcompose -n "__fish_apkcompose_using_subcommand add" -s q -l quiet -d 'Say nothing but errors'
complete -c apkcompose -n "__fish_apkcompose_using_subcommand add" -s v -l verbose -d 'Say all there is to know: what scripts print, and everything that stands in the way when no choice of packages fits'
complete -c apkcompose -n "__fish_apkcompose_using_subcommand add" -s h -l help -d 'Print help'
complete -c apkcompose -n "__fish_apkcompose_using_subcommand remove" -l repository -d 'A repository to check against instead of the manifest\'s: a URL or a folder' -r
complete -c apkcompose -n "__fish_apkcompose_using_subcommand remove" -l arch -d 'The architecture, such as aarch64; several with commas between them, or all [default: the manifest\'s, or this machine\'s]' -r
complete -c apkcompose -n "__fish_apkcompose_using_subcommand remove" -l key -d 'A public key to trust for every repository: a file, or a folder of them' -r -F
complete -c apkcompose -n "__fish_apkcompose_using_subcommand remove" -l mirror -d 'What stands in for Alpine\'s official server: a URL or a folder; of several, the next is tried when one fails' -r
complete -c apkcompose -n "__fish_apkcompose_using_subcommand remove" -l cache-dir -d 'Where downloads and layers are kept' -r -F
complete -c apkcompose -n "__fish_apkcompose_using_subcommand remove" -l cache-limit -d 'How much the cache may hold, such as 500M or 2GiB [default: 5GiB]' -r
complete -c apkcompose -n "__fish_apkcompose_using_subcommand remove" -l jobs -d 'How many packages are fetched and read at once, and how many threads compress [default: the number of processors, at least 4]' -r
complete -c apkcompose -n "__fish_apkcompose_using_subcommand remove" -l ca-file -d 'Certificates (PEM) to verify https: servers against, instead of the system\'s' -r -F
complete -c apkcompose -n "__fish_apkcompose_using_subcommand remove" -l timeout -d 'How long a server may keep silent before it is given up [default: 30, and 10 to connect]' -r
complete -c apkcompose -n "__fish_apkcompose_using_subcommand remove" -l retries -d 'How often to try again what the network or a server failed at [default: 3]' -r
complete -c apkcompose -n "__fish_apkcompose_using_subcommand remove" -l no-check -d 'Write it without looking at the repositories'
complete -c apkcompose -n "__fish_apkcompose_using_subcommand remove" -l offline -d 'Open no connection: use what is local or in the cache'
complete -c apkcompose -n "__fish_apkcompose_using_subcommand remove" -s q -l quiet -d 'Say nothing but errors'
complete -c apkcompose -n "__fish_apkcompose_using_subcommand remove" -s v -l verbose -d 'Say all there is to know: what scripts print, and everything that stands in the way when no choice of packages fits'
complete -c apkcompose -n "__fish_apkcompose_using_subcommand remove" -s h -l help -d 'Print help'
complete -c apkcompose -n "__fish_apkcompose_using_subcommand import" -s o -l output -d 'The manifest to write, which must not be there yet [default: standard output]' -r -F
complete -c apkcompose -n "__fish_apkcompose_using_subcommand import" -l from -d 'What the file is [default: what its name and content look like]' -r -f -a "dockerfile\t'A Dockerfile or Containerfile'
apko\t'The YAML of apko'"
complete -c apkcompose -n "__fish_apkcompose_using_subcommand import" -l build-arg -d 'A value for an ARG of a Dockerfile' -r
complete -c apkcompose -n "__fish_apkcompose_using_subcommand import" -s q -l quiet -d 'Say nothing but errors'
complete -c apkcompose -n "__fish_apkcompose_using_subcommand import" -s v -l verbose -d 'Say all there is to know: what scripts print, and everything that stands in the way when no choice of packages fits'
complete -c apkcompose -n "__fish_apkcompose_using_subcommand import" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c apkcompose -n "__fish_apkcompose_using_subcommand search" -s m -l manifest -d 'The manifest (TOML) whose repositories are looked into [default: Alpine\'s latest release that this program knows]' -r -F
complete -c apkcompose -n "__fish_apkcompose_using_subcommand search" -l alpine -d 'The release of Alpine whose main and community are used, such as 3.23' -r
complete -c apkcompose -n "__fish_apkcompose_using_subcommand search" -l repository -d 'A repository to use instead of the manifest\'s: a URL or a folder' -r
complete -c apkcompose -n "__fish_apkcompose_using_subcommand search" -l arch -d 'The architecture, such as aarch64; several with commas between them, or all [default: the manifest\'s, or this machine\'s]' -r
complete -c apkcompose -n "__fish_apkcompose_using_subcommand search" -l key -d 'A public key to trust for every repository: a file, or a folder of them' -r -F
complete -c apkcompose -n "__fish_apkcompose_using_subcommand search" -l mirror -d 'What stands in for Alpine\'s official server: a URL or a folder; of several, the next is tried when one fails' -r
complete -c apkcompose -n "__fish_apkcompose_using_subcommand search" -l cache-dir -d 'Where downloads and layers are kept' -r -F
complete -c apkcompose -n "__fish_apkcompose_using_subcommand search" -l cache-limit -d 'How much the cache may hold, such as 500M or 2GiB [default: 5GiB]' -r
complete -c apkcompose -n "__fish_apkcompose_using_subcommand search" -l jobs -d 'How many packages are fetched and read at once, and how many threads compress [default: the number of processors, at least 4]' -r
complete -c apkcompose -n "__fish_apkcompose_using_subcommand search" -l ca-file -d 'Certificates (PEM) to verify https: servers against, instead of the system\'s' -r -F
complete -c apkcompose -n "__fish_apkcompose_using_subcommand search" -l timeout -d 'How long a server may keep silent before it is given up [default: 30, and 10 to connect]' -r
complete -c apkcompose -n "__fish_apkcompose_using_subcommand search" -l retries -d 'How often to try again what the network or a server failed at [default: 3]' -r
complete -c apkcompose -n "__fish_apkcompose_using_subcommand search" -l exact -d 'Only the package of exactly this name'
complete -c apkcompose -n "__fish_apkcompose_using_subcommand search" -l json -d 'Print what was found as JSON'
complete -c apkcompose -n "__fish_apkcompose_using_subcommand search" -l offline -d 'Open no connection: use what is local or in the cache'
complete -c apkcompose -n "__fish_apkcompose_using_subcommand search" -s q -l quiet -d 'Say nothing but errors'
complete -c apkcompose -n "__fish_apkcompose_using_subcommand search" -s v -l verbose -d 'Say all there is to know: what scripts print, and everything that stands in the way when no choice of packages fits'
complete -c apkcompose -n "__fish_apkcompose_using_subcommand search" -s h -l help -d 'Print help'
complete -c apkcompose -n "__fish_apkcompose_using_subcommand info" -s m -l manifest -d 'The manifest (TOML) whose repositories are looked into [default: Alpine\'s latest release that this program knows]' -r -F
complete -c apkcompose -n "__fish_apkcompose_using_subcommand info" -l alpine -d 'The release of Alpine whose main and community are used, such as 3.23' -r
complete -c apkcompose -n "__fish_apkcompose_using_subcommand info" -l repository -d 'A repository to use instead of the manifest\'s: a URL or a folder' -r
complete -c apkcompose -n "__fish_apkcompose_using_subcommand info" -l arch -d 'The architecture, such as aarch64; several with commas between them, or all [default: the manifest\'s, or this machine\'s]' -r
complete -c apkcompose -n "__fish_apkcompose_using_subcommand info" -l key -d 'A public key to trust for every repository: a file, or a folder of them' -r -F
complete -c apkcompose -n "__fish_apkcompose_using_subcommand info" -l mirror -d 'What stands in for Alpine\'s official server: a URL or a folder; of several, the next is tried when one fails' -r
complete -c apkcompose -n "__fish_apkcompose_using_subcommand info" -l cache-dir -d 'Where downloads and layers are kept' -r -F
complete -c apkcompose -n "__fish_apkcompose_using_subcommand info" -l cache-limit -d 'How much the cache may hold, such as 500M or 2GiB [default: 5GiB]' -r
complete -c apkcompose -n "__fish_apkcompose_using_subcommand info" -l jobs -d 'How many packages are fetched and read at once, and how many threads compress [default: the number of processors, at least 4]' -r
complete -c apkcompose -n "__fish_apkcompose_using_subcommand info" -l ca-file -d 'Certificates (PEM) to verify https: servers against, instead of the system\'s' -r -F
complete -c apkcompose -n "__fish_apkcompose_using_subcommand info" -l timeout -d 'How long a server may keep silent before it is given up [default: 30, and 10 to connect]' -r
complete -c apkcompose -n "__fish_apkcompose_using_subcommand info" -l retries -d 'How often to try again what the network or a server failed at [default: 3]' -r
complete -c apkcompose -n "__fish_apkcompose_using_subcommand info" -l required-by -d 'List the packages that depend on it'
complete -c apkcompose -n "__fish_apkcompose_using_subcommand info" -l json -d 'Print it as JSON'
complete -c apkcompose -n "__fish_apkcompose_using_subcommand info" -l offline -d 'Open no connection: use what is local or in the cache'
complete -c apkcompose -n "__fish_apkcompose_using_subcommand info" -s q -l quiet -d 'Say nothing but errors'
complete -c apkcompose -n "__fish_apkcompose_using_subcommand info" -s v -l verbose -d 'Say all there is to know: what scripts print, and everything that stands in the way when no choice of packages fits'
complete -c apkcompose -n "__fish_apkcompose_using_subcommand info" -s h -l help -d 'Print help'
complete -c apkcompose -n "__fish_apkcompose_using_subcommand build" -l package -d 'A package to add, as in apk\'s world: name, name=1.2-r0, name~8.3, name@tag' -r
complete -c apkcompose -n "__fish_apkcompose_using_subcommand build" -l alpine -d 'The release of Alpine whose main and community are used, such as 3.23' -r
complete -c apkcompose -n "__fish_apkcompose_using_subcommand build" -l repository -d 'A repository to use instead of the manifest\'s: a URL or a folder' -r
complete -c apkcompose -n "__fish_apkcompose_using_subcommand build" -l arch -d 'The architecture, such as aarch64; several with commas between them, or all [default: the manifest\'s, or this machine\'s]' -r
complete -c apkcompose -n "__fish_apkcompose_using_subcommand build" -l key -d 'A public key to trust for every repository: a file, or a folder of them' -r -F
complete -c apkcompose -n "__fish_apkcompose_using_subcommand build" -l mirror -d 'What stands in for Alpine\'s official server: a URL or a folder; of several, the next is tried when one fails' -r
complete -c apkcompose -n "__fish_apkcompose_using_subcommand build" -l cache-dir -d 'Where downloads and layers are kept' -r -F
complete -c apkcompose -n "__fish_apkcompose_using_subcommand build" -l cache-limit -d 'How much the cache may hold, such as 500M or 2GiB [default: 5GiB]' -r
complete -c apkcompose -n "__fish_apkcompose_using_subcommand build" -l jobs -d 'How many packages are fetched and read at once, and how many threads compress [default: the number of processors, at least 4]' -r
complete -c apkcompose -n "__fish_apkcompose_using_subcommand build" -l ca-file -d 'Certificates (PEM) to verify https: servers against, instead of the system\'s' -r -F
complete -c apkcompose -n "__fish_apkcompose_using_subcommand build" -l timeout -d 'How long a server may keep silent before it is given up [default: 30, and 10 to connect]' -r
complete -c apkcompose -n "__fish_apkcompose_using_subcommand build" -l retries -d 'How often to try again what the network or a server failed at [default: 3]' -r
complete -c apkcompose -n "__fish_apkcompose_using_subcommand build" -s o -l output -d 'The file or folder to write, or - for standard output [default: the image\'s name, in this folder]' -r -F
complete -c apkcompose -n "__fish_apkcompose_using_subcommand build" -l format -d 'What to write' -r -f -a "archive\t'An image: one file for docker load, podman load, skopeo and umoci'
oci\t'An image: a folder in OCI layout; one that is there gets a further tag'
rootfs\t'The root file system as a folder'
tar\t'The root file system as a tar'
tar.gz\t'The same, compressed with gzip'
tar.zst\t'The same, compressed with Zstandard'
cpio\t'The root file system as a cpio archive (newc), for an initramfs'
cpio.gz\t'The same, compressed with gzip'
cpio.zst\t'The same, compressed with Zstandard'
squashfs\t'The root file system as a squashfs image, compressed; mksquashfs writes it'
erofs\t'The root file system as an EROFS image, not compressed'"
complete -c apkcompose -n "__fish_apkcompose_using_subcommand build" -l name -d 'The name of the image, such as me/php:8.3' -r
complete -c apkcompose -n "__fish_apkcompose_using_subcommand build" -l sbom -d 'Write a software bill of materials beside the output: spdx (NAME.spdx.json) or cyclonedx (NAME.cdx.json); may be given for each' -r
complete -c apkcompose -n "__fish_apkcompose_using_subcommand build" -l scripts -d 'Whether the packages\' install scripts are run, in a sandbox [default: the manifest\'s, or run]' -r -f -a "run\t'As apk does'
skip\t'Leave users, links and caches that scripts would make out'"
complete -c apkcompose -n "__fish_apkcompose_using_subcommand build" -l script-timeout -d 'How long a script may take' -r
complete -c apkcompose -n "__fish_apkcompose_using_subcommand build" -l script-output -d 'How much a script may print' -r
complete -c apkcompose -n "__fish_apkcompose_using_subcommand build" -l entrypoint -d 'The command, split into words as a shell would' -r
complete -c apkcompose -n "__fish_apkcompose_using_subcommand build" -l cmd -d 'Arguments for the entrypoint, or the command if there is none' -r
complete -c apkcompose -n "__fish_apkcompose_using_subcommand build" -l env -d 'An environment variable' -r
complete -c apkcompose -n "__fish_apkcompose_using_subcommand build" -l user -d 'Who runs the command' -r
complete -c apkcompose -n "__fish_apkcompose_using_subcommand build" -l workdir -d 'Where the command starts' -r
complete -c apkcompose -n "__fish_apkcompose_using_subcommand build" -l expose -d 'A port that it listens on' -r
complete -c apkcompose -n "__fish_apkcompose_using_subcommand build" -l label -d 'A label of the image\'s configuration' -r
complete -c apkcompose -n "__fish_apkcompose_using_subcommand build" -l annotation -d 'An annotation of the image\'s manifest' -r
complete -c apkcompose -n "__fish_apkcompose_using_subcommand build" -l author -d 'Who is responsible for the image' -r
complete -c apkcompose -n "__fish_apkcompose_using_subcommand build" -l set -d 'A variable of the manifest\'s templates' -r
complete -c apkcompose -n "__fish_apkcompose_using_subcommand build" -l locked -d 'Use the lock beside the manifest, and fail when it is missing or does not fit'
complete -c apkcompose -n "__fish_apkcompose_using_subcommand build" -l offline -d 'Open no connection: use what is local or in the cache'
complete -c apkcompose -n "__fish_apkcompose_using_subcommand build" -s q -l quiet -d 'Say nothing but errors'
complete -c apkcompose -n "__fish_apkcompose_using_subcommand build" -l sbom-files -d 'List every file in it, with SHA-1 and SHA-256'
complete -c apkcompose -n "__fish_apkcompose_using_subcommand build" -l provenance -d 'Write what the output was built from beside it, as an in-toto statement (NAME.intoto.json)'
complete -c apkcompose -n "__fish_apkcompose_using_subcommand build" -l git -d 'Say which commit of which git repository the manifest is from, in labels and annotations'
complete -c apkcompose -n "__fish_apkcompose_using_subcommand build" -l standard-annotations -d 'Say in labels and annotations what else is known: title, version, time, author'
complete -c apkcompose -n "__fish_apkcompose_using_subcommand build" -s v -l verbose -d 'Say all there is to know: what scripts print, and everything that stands in the way when no choice of packages fits'
complete -c apkcompose -n "__fish_apkcompose_using_subcommand build" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c apkcompose -n "__fish_apkcompose_using_subcommand cache; and not __fish_seen_subcommand_from info clean help" -s v -l verbose -d 'Say all there is to know: what scripts print, and everything that stands in the way when no choice of packages fits'
complete -c apkcompose -n "__fish_apkcompose_using_subcommand cache; and not __fish_seen_subcommand_from info clean help" -s h -l help -d 'Print help'
complete -c apkcompose -n "__fish_apkcompose_using_subcommand cache; and not __fish_seen_subcommand_from info clean help" -f -a "info" -d 'Show where the cache is and what it holds'
complete -c apkcompose -n "__fish_apkcompose_using_subcommand cache; and not __fish_seen_subcommand_from info clean help" -f -a "clean" -d 'Remove what was not used for longest, or everything'
complete -c apkcompose -n "__fish_apkcompose_using_subcommand cache; and not __fish_seen_subcommand_from info clean help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c apkcompose -n "__fish_apkcompose_using_subcommand cache; and __fish_seen_subcommand_from info" -l cache-dir -d 'Where downloads and layers are kept' -r -F
complete -c apkcompose -n "__fish_apkcompose_using_subcommand cache; and __fish_seen_subcommand_from info" -s v -l verbose -d 'Say all there is to know: what scripts print, and everything that stands in the way when no choice of packages fits'
complete -c apkcompose -n "__fish_apkcompose_using_subcommand cache; and __fish_seen_subcommand_from info" -s h -l help -d 'Print help'
complete -c apkcompose -n "__fish_apkcompose_using_subcommand cache; and __fish_seen_subcommand_from clean" -l cache-dir -d 'Where downloads and layers are kept' -r -F
complete -c apkcompose -n "__fish_apkcompose_using_subcommand cache; and __fish_seen_subcommand_from clean" -l keep -d 'How much may stay, such as 500M or 2GiB' -r
complete -c apkcompose -n "__fish_apkcompose_using_subcommand cache; and __fish_seen_subcommand_from clean" -s v -l verbose -d 'Say all there is to know: what scripts print, and everything that stands in the way when no choice of packages fits'
complete -c apkcompose -n "__fish_apkcompose_using_subcommand cache; and __fish_seen_subcommand_from clean" -s h -l help -d 'Print help'
complete -c apkcompose -n "__fish_apkcompose_using_subcommand cache; and __fish_seen_subcommand_from help" -f -a "info" -d 'Show where the cache is and what it holds'
complete -c apkcompose -n "__fish_apkcompose_using_subcommand cache; and __fish_seen_subcommand_from help" -f -a "clean" -d 'Remove what was not used for longest, or everything'
complete -c apkcompose -n "__fish_apkcompose_using_subcommand cache; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c apkcompose -n "__fish_apkcompose_using_subcommand diff" -l arch -d 'The architecture, such as aarch64; several with commas between them, or all [default: the manifest\'s, or this machine\'s]' -r
complete -c apkcompose -n "__fish_apkcompose_using_subcommand diff" -l key -d 'A public key to trust for every repository: a file, or a folder of them' -r -F
complete -c apkcompose -n "__fish_apkcompose_using_subcommand diff" -l mirror -d 'What stands in for Alpine\'s official server: a URL or a folder; of several, the next is tried when one fails' -r
complete -c apkcompose -n "__fish_apkcompose_using_subcommand diff" -l cache-dir -d 'Where downloads and layers are kept' -r -F
complete -c apkcompose -n "__fish_apkcompose_using_subcommand diff" -l cache-limit -d 'How much the cache may hold, such as 500M or 2GiB [default: 5GiB]' -r
complete -c apkcompose -n "__fish_apkcompose_using_subcommand diff" -l jobs -d 'How many packages are fetched and read at once, and how many threads compress [default: the number of processors, at least 4]' -r
complete -c apkcompose -n "__fish_apkcompose_using_subcommand diff" -l ca-file -d 'Certificates (PEM) to verify https: servers against, instead of the system\'s' -r -F
complete -c apkcompose -n "__fish_apkcompose_using_subcommand diff" -l timeout -d 'How long a server may keep silent before it is given up [default: 30, and 10 to connect]' -r
complete -c apkcompose -n "__fish_apkcompose_using_subcommand diff" -l retries -d 'How often to try again what the network or a server failed at [default: 3]' -r
complete -c apkcompose -n "__fish_apkcompose_using_subcommand diff" -l json -d 'Print the differences as JSON'
complete -c apkcompose -n "__fish_apkcompose_using_subcommand diff" -l offline -d 'Open no connection: use what is local or in the cache'
complete -c apkcompose -n "__fish_apkcompose_using_subcommand diff" -s q -l quiet -d 'Say nothing but errors'
complete -c apkcompose -n "__fish_apkcompose_using_subcommand diff" -s v -l verbose -d 'Say all there is to know: what scripts print, and everything that stands in the way when no choice of packages fits'
complete -c apkcompose -n "__fish_apkcompose_using_subcommand diff" -s h -l help -d 'Print help'
complete -c apkcompose -n "__fish_apkcompose_using_subcommand lock" -l update -d 'Move these packages, or all of them, to what the repositories have now' -r
complete -c apkcompose -n "__fish_apkcompose_using_subcommand lock" -l arch -d 'The architecture, such as aarch64; several with commas between them, or all [default: the manifest\'s, or this machine\'s]' -r
complete -c apkcompose -n "__fish_apkcompose_using_subcommand lock" -l key -d 'A public key to trust for every repository: a file, or a folder of them' -r -F
complete -c apkcompose -n "__fish_apkcompose_using_subcommand lock" -l mirror -d 'What stands in for Alpine\'s official server: a URL or a folder; of several, the next is tried when one fails' -r
complete -c apkcompose -n "__fish_apkcompose_using_subcommand lock" -l cache-dir -d 'Where downloads and layers are kept' -r -F
complete -c apkcompose -n "__fish_apkcompose_using_subcommand lock" -l cache-limit -d 'How much the cache may hold, such as 500M or 2GiB [default: 5GiB]' -r
complete -c apkcompose -n "__fish_apkcompose_using_subcommand lock" -l jobs -d 'How many packages are fetched and read at once, and how many threads compress [default: the number of processors, at least 4]' -r
complete -c apkcompose -n "__fish_apkcompose_using_subcommand lock" -l ca-file -d 'Certificates (PEM) to verify https: servers against, instead of the system\'s' -r -F
complete -c apkcompose -n "__fish_apkcompose_using_subcommand lock" -l timeout -d 'How long a server may keep silent before it is given up [default: 30, and 10 to connect]' -r
complete -c apkcompose -n "__fish_apkcompose_using_subcommand lock" -l retries -d 'How often to try again what the network or a server failed at [default: 3]' -r
complete -c apkcompose -n "__fish_apkcompose_using_subcommand lock" -l check -d 'Write nothing; exit with 1 when the lock is missing or does not fit the manifest'
complete -c apkcompose -n "__fish_apkcompose_using_subcommand lock" -l offline -d 'Open no connection: use what is local or in the cache'
complete -c apkcompose -n "__fish_apkcompose_using_subcommand lock" -s q -l quiet -d 'Say nothing but errors'
complete -c apkcompose -n "__fish_apkcompose_using_subcommand lock" -s v -l verbose -d 'Say all there is to know: what scripts print, and everything that stands in the way when no choice of packages fits'
complete -c apkcompose -n "__fish_apkcompose_using_subcommand lock" -s h -l help -d 'Print help'
complete -c apkcompose -n "__fish_apkcompose_using_subcommand outdated" -l arch -d 'The architecture, such as aarch64; several with commas between them, or all [default: the manifest\'s, or this machine\'s]' -r
complete -c apkcompose -n "__fish_apkcompose_using_subcommand outdated" -l key -d 'A public key to trust for every repository: a file, or a folder of them' -r -F
complete -c apkcompose -n "__fish_apkcompose_using_subcommand outdated" -l mirror -d 'What stands in for Alpine\'s official server: a URL or a folder; of several, the next is tried when one fails' -r
complete -c apkcompose -n "__fish_apkcompose_using_subcommand outdated" -l cache-dir -d 'Where downloads and layers are kept' -r -F
complete -c apkcompose -n "__fish_apkcompose_using_subcommand outdated" -l cache-limit -d 'How much the cache may hold, such as 500M or 2GiB [default: 5GiB]' -r
complete -c apkcompose -n "__fish_apkcompose_using_subcommand outdated" -l jobs -d 'How many packages are fetched and read at once, and how many threads compress [default: the number of processors, at least 4]' -r
complete -c apkcompose -n "__fish_apkcompose_using_subcommand outdated" -l ca-file -d 'Certificates (PEM) to verify https: servers against, instead of the system\'s' -r -F
complete -c apkcompose -n "__fish_apkcompose_using_subcommand outdated" -l timeout -d 'How long a server may keep silent before it is given up [default: 30, and 10 to connect]' -r
complete -c apkcompose -n "__fish_apkcompose_using_subcommand outdated" -l retries -d 'How often to try again what the network or a server failed at [default: 3]' -r
complete -c apkcompose -n "__fish_apkcompose_using_subcommand outdated" -l json -d 'Print the changes as JSON'
complete -c apkcompose -n "__fish_apkcompose_using_subcommand outdated" -l offline -d 'Open no connection: use what is local or in the cache'
complete -c apkcompose -n "__fish_apkcompose_using_subcommand outdated" -s q -l quiet -d 'Say nothing but errors'
complete -c apkcompose -n "__fish_apkcompose_using_subcommand outdated" -s v -l verbose -d 'Say all there is to know: what scripts print, and everything that stands in the way when no choice of packages fits'
complete -c apkcompose -n "__fish_apkcompose_using_subcommand outdated" -s h -l help -d 'Print help'
complete -c apkcompose -n "__fish_apkcompose_using_subcommand sbom" -l format -d 'spdx (2.3) or cyclonedx (1.6)' -r
complete -c apkcompose -n "__fish_apkcompose_using_subcommand sbom" -l arch -d 'The architecture, such as aarch64; several with commas between them, or all [default: the manifest\'s, or this machine\'s]' -r
complete -c apkcompose -n "__fish_apkcompose_using_subcommand sbom" -l key -d 'A public key to trust for every repository: a file, or a folder of them' -r -F
complete -c apkcompose -n "__fish_apkcompose_using_subcommand sbom" -l mirror -d 'What stands in for Alpine\'s official server: a URL or a folder; of several, the next is tried when one fails' -r
complete -c apkcompose -n "__fish_apkcompose_using_subcommand sbom" -l cache-dir -d 'Where downloads and layers are kept' -r -F
complete -c apkcompose -n "__fish_apkcompose_using_subcommand sbom" -l cache-limit -d 'How much the cache may hold, such as 500M or 2GiB [default: 5GiB]' -r
complete -c apkcompose -n "__fish_apkcompose_using_subcommand sbom" -l jobs -d 'How many packages are fetched and read at once, and how many threads compress [default: the number of processors, at least 4]' -r
complete -c apkcompose -n "__fish_apkcompose_using_subcommand sbom" -l ca-file -d 'Certificates (PEM) to verify https: servers against, instead of the system\'s' -r -F
complete -c apkcompose -n "__fish_apkcompose_using_subcommand sbom" -l timeout -d 'How long a server may keep silent before it is given up [default: 30, and 10 to connect]' -r
complete -c apkcompose -n "__fish_apkcompose_using_subcommand sbom" -l retries -d 'How often to try again what the network or a server failed at [default: 3]' -r
complete -c apkcompose -n "__fish_apkcompose_using_subcommand sbom" -l files -d 'List every file, with SHA-1 and SHA-256'
complete -c apkcompose -n "__fish_apkcompose_using_subcommand sbom" -l offline -d 'Open no connection: use what is local or in the cache'
complete -c apkcompose -n "__fish_apkcompose_using_subcommand sbom" -s q -l quiet -d 'Say nothing but errors'
complete -c apkcompose -n "__fish_apkcompose_using_subcommand sbom" -s v -l verbose -d 'Say all there is to know: what scripts print, and everything that stands in the way when no choice of packages fits'
complete -c apkcompose -n "__fish_apkcompose_using_subcommand sbom" -s h -l help -d 'Print help'
complete -c apkcompose -n "__fish_apkcompose_using_subcommand push" -l package -d 'A package to add, as in apk\'s world: name, name=1.2-r0, name~8.3, name@tag' -r
complete -c apkcompose -n "__fish_apkcompose_using_subcommand push" -l alpine -d 'The release of Alpine whose main and community are used, such as 3.23' -r
complete -c apkcompose -n "__fish_apkcompose_using_subcommand push" -l repository -d 'A repository to use instead of the manifest\'s: a URL or a folder' -r
complete -c apkcompose -n "__fish_apkcompose_using_subcommand push" -l arch -d 'The architecture, such as aarch64; several with commas between them, or all [default: the manifest\'s, or this machine\'s]' -r
complete -c apkcompose -n "__fish_apkcompose_using_subcommand push" -l key -d 'A public key to trust for every repository: a file, or a folder of them' -r -F
complete -c apkcompose -n "__fish_apkcompose_using_subcommand push" -l mirror -d 'What stands in for Alpine\'s official server: a URL or a folder; of several, the next is tried when one fails' -r
complete -c apkcompose -n "__fish_apkcompose_using_subcommand push" -l cache-dir -d 'Where downloads and layers are kept' -r -F
complete -c apkcompose -n "__fish_apkcompose_using_subcommand push" -l cache-limit -d 'How much the cache may hold, such as 500M or 2GiB [default: 5GiB]' -r
complete -c apkcompose -n "__fish_apkcompose_using_subcommand push" -l jobs -d 'How many packages are fetched and read at once, and how many threads compress [default: the number of processors, at least 4]' -r
complete -c apkcompose -n "__fish_apkcompose_using_subcommand push" -l ca-file -d 'Certificates (PEM) to verify https: servers against, instead of the system\'s' -r -F
complete -c apkcompose -n "__fish_apkcompose_using_subcommand push" -l timeout -d 'How long a server may keep silent before it is given up [default: 30, and 10 to connect]' -r
complete -c apkcompose -n "__fish_apkcompose_using_subcommand push" -l retries -d 'How often to try again what the network or a server failed at [default: 3]' -r
complete -c apkcompose -n "__fish_apkcompose_using_subcommand push" -l insecure-registry -d 'A registry that is reached without TLS, as those on this machine are; with its port' -r
complete -c apkcompose -n "__fish_apkcompose_using_subcommand push" -l scripts -d 'Whether the packages\' install scripts are run, in a sandbox [default: the manifest\'s, or run]' -r -f -a "run\t'As apk does'
skip\t'Leave users, links and caches that scripts would make out'"
complete -c apkcompose -n "__fish_apkcompose_using_subcommand push" -l script-timeout -d 'How long a script may take' -r
complete -c apkcompose -n "__fish_apkcompose_using_subcommand push" -l script-output -d 'How much a script may print' -r
complete -c apkcompose -n "__fish_apkcompose_using_subcommand push" -l entrypoint -d 'The command, split into words as a shell would' -r
complete -c apkcompose -n "__fish_apkcompose_using_subcommand push" -l cmd -d 'Arguments for the entrypoint, or the command if there is none' -r
complete -c apkcompose -n "__fish_apkcompose_using_subcommand push" -l env -d 'An environment variable' -r
complete -c apkcompose -n "__fish_apkcompose_using_subcommand push" -l user -d 'Who runs the command' -r
complete -c apkcompose -n "__fish_apkcompose_using_subcommand push" -l workdir -d 'Where the command starts' -r
complete -c apkcompose -n "__fish_apkcompose_using_subcommand push" -l expose -d 'A port that it listens on' -r
complete -c apkcompose -n "__fish_apkcompose_using_subcommand push" -l label -d 'A label of the image\'s configuration' -r
complete -c apkcompose -n "__fish_apkcompose_using_subcommand push" -l annotation -d 'An annotation of the image\'s manifest' -r
complete -c apkcompose -n "__fish_apkcompose_using_subcommand push" -l author -d 'Who is responsible for the image' -r
complete -c apkcompose -n "__fish_apkcompose_using_subcommand push" -l set -d 'A variable of the manifest\'s templates' -r
complete -c apkcompose -n "__fish_apkcompose_using_subcommand push" -l locked -d 'Use the lock beside the manifest, and fail when it is missing or does not fit'
complete -c apkcompose -n "__fish_apkcompose_using_subcommand push" -l offline -d 'Open no connection: use what is local or in the cache'
complete -c apkcompose -n "__fish_apkcompose_using_subcommand push" -s q -l quiet -d 'Say nothing but errors'
complete -c apkcompose -n "__fish_apkcompose_using_subcommand push" -l git -d 'Say which commit of which git repository the manifest is from, in labels and annotations'
complete -c apkcompose -n "__fish_apkcompose_using_subcommand push" -l standard-annotations -d 'Say in labels and annotations what else is known: title, version, time, author'
complete -c apkcompose -n "__fish_apkcompose_using_subcommand push" -s v -l verbose -d 'Say all there is to know: what scripts print, and everything that stands in the way when no choice of packages fits'
complete -c apkcompose -n "__fish_apkcompose_using_subcommand push" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c apkcompose -n "__fish_apkcompose_using_subcommand vendor" -l sign-key -d 'A private RSA key (PEM, PKCS#8) to sign the index with; its public half goes into keys/' -r -F
complete -c apkcompose -n "__fish_apkcompose_using_subcommand vendor" -l arch -d 'The architecture, such as aarch64; several with commas between them, or all [default: the manifest\'s, or this machine\'s]' -r
complete -c apkcompose -n "__fish_apkcompose_using_subcommand vendor" -l key -d 'A public key to trust for every repository: a file, or a folder of them' -r -F
complete -c apkcompose -n "__fish_apkcompose_using_subcommand vendor" -l mirror -d 'What stands in for Alpine\'s official server: a URL or a folder; of several, the next is tried when one fails' -r
complete -c apkcompose -n "__fish_apkcompose_using_subcommand vendor" -l cache-dir -d 'Where downloads and layers are kept' -r -F
complete -c apkcompose -n "__fish_apkcompose_using_subcommand vendor" -l cache-limit -d 'How much the cache may hold, such as 500M or 2GiB [default: 5GiB]' -r
complete -c apkcompose -n "__fish_apkcompose_using_subcommand vendor" -l jobs -d 'How many packages are fetched and read at once, and how many threads compress [default: the number of processors, at least 4]' -r
complete -c apkcompose -n "__fish_apkcompose_using_subcommand vendor" -l ca-file -d 'Certificates (PEM) to verify https: servers against, instead of the system\'s' -r -F
complete -c apkcompose -n "__fish_apkcompose_using_subcommand vendor" -l timeout -d 'How long a server may keep silent before it is given up [default: 30, and 10 to connect]' -r
complete -c apkcompose -n "__fish_apkcompose_using_subcommand vendor" -l retries -d 'How often to try again what the network or a server failed at [default: 3]' -r
complete -c apkcompose -n "__fish_apkcompose_using_subcommand vendor" -l offline -d 'Open no connection: use what is local or in the cache'
complete -c apkcompose -n "__fish_apkcompose_using_subcommand vendor" -s q -l quiet -d 'Say nothing but errors'
complete -c apkcompose -n "__fish_apkcompose_using_subcommand vendor" -s v -l verbose -d 'Say all there is to know: what scripts print, and everything that stands in the way when no choice of packages fits'
complete -c apkcompose -n "__fish_apkcompose_using_subcommand vendor" -s h -l help -d 'Print help'
complete -c apkcompose -n "__fish_apkcompose_using_subcommand verify" -l package -d 'A package to add, as in apk\'s world: name, name=1.2-r0, name~8.3, name@tag' -r
complete -c apkcompose -n "__fish_apkcompose_using_subcommand verify" -l alpine -d 'The release of Alpine whose main and community are used, such as 3.23' -r
complete -c apkcompose -n "__fish_apkcompose_using_subcommand verify" -l repository -d 'A repository to use instead of the manifest\'s: a URL or a folder' -r
complete -c apkcompose -n "__fish_apkcompose_using_subcommand verify" -l arch -d 'The architecture, such as aarch64; several with commas between them, or all [default: the manifest\'s, or this machine\'s]' -r
complete -c apkcompose -n "__fish_apkcompose_using_subcommand verify" -l key -d 'A public key to trust for every repository: a file, or a folder of them' -r -F
complete -c apkcompose -n "__fish_apkcompose_using_subcommand verify" -l mirror -d 'What stands in for Alpine\'s official server: a URL or a folder; of several, the next is tried when one fails' -r
complete -c apkcompose -n "__fish_apkcompose_using_subcommand verify" -l cache-dir -d 'Where downloads and layers are kept' -r -F
complete -c apkcompose -n "__fish_apkcompose_using_subcommand verify" -l cache-limit -d 'How much the cache may hold, such as 500M or 2GiB [default: 5GiB]' -r
complete -c apkcompose -n "__fish_apkcompose_using_subcommand verify" -l jobs -d 'How many packages are fetched and read at once, and how many threads compress [default: the number of processors, at least 4]' -r
complete -c apkcompose -n "__fish_apkcompose_using_subcommand verify" -l ca-file -d 'Certificates (PEM) to verify https: servers against, instead of the system\'s' -r -F
complete -c apkcompose -n "__fish_apkcompose_using_subcommand verify" -l timeout -d 'How long a server may keep silent before it is given up [default: 30, and 10 to connect]' -r
complete -c apkcompose -n "__fish_apkcompose_using_subcommand verify" -l retries -d 'How often to try again what the network or a server failed at [default: 3]' -r
complete -c apkcompose -n "__fish_apkcompose_using_subcommand verify" -l locked -d 'Use the lock beside the manifest, and fail when it is missing or does not fit'
complete -c apkcompose -n "__fish_apkcompose_using_subcommand verify" -l offline -d 'Open no connection: use what is local or in the cache'
complete -c apkcompose -n "__fish_apkcompose_using_subcommand verify" -s q -l quiet -d 'Say nothing but errors'
complete -c apkcompose -n "__fish_apkcompose_using_subcommand verify" -l json -d 'Print the report as JSON'
complete -c apkcompose -n "__fish_apkcompose_using_subcommand verify" -s v -l verbose -d 'Say all there is to know: what scripts print, and everything that stands in the way when no choice of packages fits'
complete -c apkcompose -n "__fish_apkcompose_using_subcommand verify" -s h -l help -d 'Print help'
complete -c apkcompose -n "__fish_apkcompose_using_subcommand resolve" -l package -d 'A package to add, as in apk\'s world: name, name=1.2-r0, name~8.3, name@tag' -r
complete -c apkcompose -n "__fish_apkcompose_using_subcommand resolve" -l alpine -d 'The release of Alpine whose main and community are used, such as 3.23' -r
complete -c apkcompose -n "__fish_apkcompose_using_subcommand resolve" -l repository -d 'A repository to use instead of the manifest\'s: a URL or a folder' -r
complete -c apkcompose -n "__fish_apkcompose_using_subcommand resolve" -l arch -d 'The architecture, such as aarch64; several with commas between them, or all [default: the manifest\'s, or this machine\'s]' -r
complete -c apkcompose -n "__fish_apkcompose_using_subcommand resolve" -l key -d 'A public key to trust for every repository: a file, or a folder of them' -r -F
complete -c apkcompose -n "__fish_apkcompose_using_subcommand resolve" -l mirror -d 'What stands in for Alpine\'s official server: a URL or a folder; of several, the next is tried when one fails' -r
complete -c apkcompose -n "__fish_apkcompose_using_subcommand resolve" -l cache-dir -d 'Where downloads and layers are kept' -r -F
complete -c apkcompose -n "__fish_apkcompose_using_subcommand resolve" -l cache-limit -d 'How much the cache may hold, such as 500M or 2GiB [default: 5GiB]' -r
complete -c apkcompose -n "__fish_apkcompose_using_subcommand resolve" -l jobs -d 'How many packages are fetched and read at once, and how many threads compress [default: the number of processors, at least 4]' -r
complete -c apkcompose -n "__fish_apkcompose_using_subcommand resolve" -l ca-file -d 'Certificates (PEM) to verify https: servers against, instead of the system\'s' -r -F
complete -c apkcompose -n "__fish_apkcompose_using_subcommand resolve" -l timeout -d 'How long a server may keep silent before it is given up [default: 30, and 10 to connect]' -r
complete -c apkcompose -n "__fish_apkcompose_using_subcommand resolve" -l retries -d 'How often to try again what the network or a server failed at [default: 3]' -r
complete -c apkcompose -n "__fish_apkcompose_using_subcommand resolve" -l locked -d 'Use the lock beside the manifest, and fail when it is missing or does not fit'
complete -c apkcompose -n "__fish_apkcompose_using_subcommand resolve" -l offline -d 'Open no connection: use what is local or in the cache'
complete -c apkcompose -n "__fish_apkcompose_using_subcommand resolve" -s q -l quiet -d 'Say nothing but errors'
complete -c apkcompose -n "__fish_apkcompose_using_subcommand resolve" -l json -d 'Print the full entries as JSON'
complete -c apkcompose -n "__fish_apkcompose_using_subcommand resolve" -s v -l verbose -d 'Say all there is to know: what scripts print, and everything that stands in the way when no choice of packages fits'
complete -c apkcompose -n "__fish_apkcompose_using_subcommand resolve" -s h -l help -d 'Print help'
complete -c apkcompose -n "__fish_apkcompose_using_subcommand size" -l plot -d 'Draw a treemap' -r -F
complete -c apkcompose -n "__fish_apkcompose_using_subcommand size" -l depth -d 'How deep folders are told apart' -r
complete -c apkcompose -n "__fish_apkcompose_using_subcommand size" -l top -d 'How many rows of each table are shown' -r
complete -c apkcompose -n "__fish_apkcompose_using_subcommand size" -l repository -d 'A repository to use instead of the manifests\': a URL or a folder' -r
complete -c apkcompose -n "__fish_apkcompose_using_subcommand size" -l arch -d 'The architecture, such as aarch64; several with commas between them, or all [default: the manifest\'s, or this machine\'s]' -r
complete -c apkcompose -n "__fish_apkcompose_using_subcommand size" -l key -d 'A public key to trust for every repository: a file, or a folder of them' -r -F
complete -c apkcompose -n "__fish_apkcompose_using_subcommand size" -l mirror -d 'What stands in for Alpine\'s official server: a URL or a folder; of several, the next is tried when one fails' -r
complete -c apkcompose -n "__fish_apkcompose_using_subcommand size" -l cache-dir -d 'Where downloads and layers are kept' -r -F
complete -c apkcompose -n "__fish_apkcompose_using_subcommand size" -l cache-limit -d 'How much the cache may hold, such as 500M or 2GiB [default: 5GiB]' -r
complete -c apkcompose -n "__fish_apkcompose_using_subcommand size" -l jobs -d 'How many packages are fetched and read at once, and how many threads compress [default: the number of processors, at least 4]' -r
complete -c apkcompose -n "__fish_apkcompose_using_subcommand size" -l ca-file -d 'Certificates (PEM) to verify https: servers against, instead of the system\'s' -r -F
complete -c apkcompose -n "__fish_apkcompose_using_subcommand size" -l timeout -d 'How long a server may keep silent before it is given up [default: 30, and 10 to connect]' -r
complete -c apkcompose -n "__fish_apkcompose_using_subcommand size" -l retries -d 'How often to try again what the network or a server failed at [default: 3]' -r
complete -c apkcompose -n "__fish_apkcompose_using_subcommand size" -l json -d 'Print everything as JSON'
complete -c apkcompose -n "__fish_apkcompose_using_subcommand size" -l offline -d 'Open no connection: use what is local or in the cache'
complete -c apkcompose -n "__fish_apkcompose_using_subcommand size" -s q -l quiet -d 'Say nothing but errors'
complete -c apkcompose -n "__fish_apkcompose_using_subcommand size" -s v -l verbose -d 'Say all there is to know: what scripts print, and everything that stands in the way when no choice of packages fits'
complete -c apkcompose -n "__fish_apkcompose_using_subcommand size" -s h -l help -d 'Print help'
complete -c apkcompose -n "__fish_apkcompose_using_subcommand tree" -l package -d 'A package to add, as in apk\'s world: name, name=1.2-r0, name~8.3, name@tag' -r
complete -c apkcompose -n "__fish_apkcompose_using_subcommand tree" -l alpine -d 'The release of Alpine whose main and community are used, such as 3.23' -r
complete -c apkcompose -n "__fish_apkcompose_using_subcommand tree" -l repository -d 'A repository to use instead of the manifest\'s: a URL or a folder' -r
complete -c apkcompose -n "__fish_apkcompose_using_subcommand tree" -l arch -d 'The architecture, such as aarch64; several with commas between them, or all [default: the manifest\'s, or this machine\'s]' -r
complete -c apkcompose -n "__fish_apkcompose_using_subcommand tree" -l key -d 'A public key to trust for every repository: a file, or a folder of them' -r -F
complete -c apkcompose -n "__fish_apkcompose_using_subcommand tree" -l mirror -d 'What stands in for Alpine\'s official server: a URL or a folder; of several, the next is tried when one fails' -r
complete -c apkcompose -n "__fish_apkcompose_using_subcommand tree" -l cache-dir -d 'Where downloads and layers are kept' -r -F
complete -c apkcompose -n "__fish_apkcompose_using_subcommand tree" -l cache-limit -d 'How much the cache may hold, such as 500M or 2GiB [default: 5GiB]' -r
complete -c apkcompose -n "__fish_apkcompose_using_subcommand tree" -l jobs -d 'How many packages are fetched and read at once, and how many threads compress [default: the number of processors, at least 4]' -r
complete -c apkcompose -n "__fish_apkcompose_using_subcommand tree" -l ca-file -d 'Certificates (PEM) to verify https: servers against, instead of the system\'s' -r -F
complete -c apkcompose -n "__fish_apkcompose_using_subcommand tree" -l timeout -d 'How long a server may keep silent before it is given up [default: 30, and 10 to connect]' -r
complete -c apkcompose -n "__fish_apkcompose_using_subcommand tree" -l retries -d 'How often to try again what the network or a server failed at [default: 3]' -r
complete -c apkcompose -n "__fish_apkcompose_using_subcommand tree" -l locked -d 'Use the lock beside the manifest, and fail when it is missing or does not fit'
complete -c apkcompose -n "__fish_apkcompose_using_subcommand tree" -l offline -d 'Open no connection: use what is local or in the cache'
complete -c apkcompose -n "__fish_apkcompose_using_subcommand tree" -s q -l quiet -d 'Say nothing but errors'
complete -c apkcompose -n "__fish_apkcompose_using_subcommand tree" -l json -d 'Print the tree as JSON'
complete -c apkcompose -n "__fish_apkcompose_using_subcommand tree" -s v -l verbose -d 'Say all there is to know: what scripts print, and everything that stands in the way when no choice of packages fits'
complete -c apkcompose -n "__fish_apkcompose_using_subcommand tree" -s h -l help -d 'Print help'
complete -c apkcompose -n "__fish_apkcompose_using_subcommand why" -l package -d 'A package to add, as in apk\'s world: name, name=1.2-r0, name~8.3, name@tag' -r
complete -c apkcompose -n "__fish_apkcompose_using_subcommand why" -l alpine -d 'The release of Alpine whose main and community are used, such as 3.23' -r
complete -c apkcompose -n "__fish_apkcompose_using_subcommand why" -l repository -d 'A repository to use instead of the manifest\'s: a URL or a folder' -r
complete -c apkcompose -n "__fish_apkcompose_using_subcommand why" -l arch -d 'The architecture, such as aarch64; several with commas between them, or all [default: the manifest\'s, or this machine\'s]' -r
complete -c apkcompose -n "__fish_apkcompose_using_subcommand why" -l key -d 'A public key to trust for every repository: a file, or a folder of them' -r -F
complete -c apkcompose -n "__fish_apkcompose_using_subcommand why" -l mirror -d 'What stands in for Alpine\'s official server: a URL or a folder; of several, the next is tried when one fails' -r
complete -c apkcompose -n "__fish_apkcompose_using_subcommand why" -l cache-dir -d 'Where downloads and layers are kept' -r -F
complete -c apkcompose -n "__fish_apkcompose_using_subcommand why" -l cache-limit -d 'How much the cache may hold, such as 500M or 2GiB [default: 5GiB]' -r
complete -c apkcompose -n "__fish_apkcompose_using_subcommand why" -l jobs -d 'How many packages are fetched and read at once, and how many threads compress [default: the number of processors, at least 4]' -r
complete -c apkcompose -n "__fish_apkcompose_using_subcommand why" -l ca-file -d 'Certificates (PEM) to verify https: servers against, instead of the system\'s' -r -F
complete -c apkcompose -n "__fish_apkcompose_using_subcommand why" -l timeout -d 'How long a server may keep silent before it is given up [default: 30, and 10 to connect]' -r
complete -c apkcompose -n "__fish_apkcompose_using_subcommand why" -l retries -d 'How often to try again what the network or a server failed at [default: 3]' -r
complete -c apkcompose -n "__fish_apkcompose_using_subcommand why" -l locked -d 'Use the lock beside the manifest, and fail when it is missing or does not fit'
complete -c apkcompose -n "__fish_apkcompose_using_subcommand why" -l offline -d 'Open no connection: use what is local or in the cache'
complete -c apkcompose -n "__fish_apkcompose_using_subcommand why" -s q -l quiet -d 'Say nothing but errors'
complete -c apkcompose -n "__fish_apkcompose_using_subcommand why" -l json -d 'Print the chains as JSON'
complete -c apkcompose -n "__fish_apkcompose_using_subcommand why" -s v -l verbose -d 'Say all there is to know: what scripts print, and everything that stands in the way when no choice of packages fits'
complete -c apkcompose -n "__fish_apkcompose_using_subcommand why" -s h -l help -d 'Print help'
complete -c apkcompose -n "__fish_apkcompose_using_subcommand schema" -s v -l verbose -d 'Say all there is to know: what scripts print, and everything that stands in the way when no choice of packages fits'
complete -c apkcompose -n "__fish_apkcompose_using_subcommand schema" -s h -l help -d 'Print help'
complete -c apkcompose -n "__fish_apkcompose_using_subcommand completions" -s v -l verbose -d 'Say all there is to know: what scripts print, and everything that stands in the way when no choice of packages fits'
complete -c apkcompose -n "__fish_apkcompose_using_subcommand completions" -s h -l help -d 'Print help'
complete -c apkcompose -n "__fish_apkcompose_using_subcommand man" -s v -l verbose -d 'Say all there is to know: what scripts print, and everything that stands in the way when no choice of packages fits'
complete -c apkcompose -n "__fish_apkcompose_using_subcommand man" -s h -l help -d 'Print help'
complete -c apkcompose -n "__fish_apkcompose_using_subcommand help; and not __fish_seen_subcommand_from init add remove import search info build cache diff lock outdated sbom push vendor verify resolve size tree why schema completions man help" -f -a "init" -d 'Write a new manifest, with comments that tell what else it can say'
complete -c apkcompose -n "__fish_apkcompose_using_subcommand help; and not __fish_seen_subcommand_from init add remove import search info build cache diff lock outdated sbom push vendor verify resolve size tree why schema completions man help" -f -a "add" -d 'Add packages to a manifest; its comments and layout stay as they are'
complete -c apkcompose -n "__fish_apkcompose_using_subcommand help; and not __fish_seen_subcommand_from init add remove import search info build cache diff lock outdated sbom push vendor verify resolve size tree why schema completions man help" -f -a "remove" -d 'Remove packages from a manifest; its comments and layout stay as they are'
complete -c apkcompose -n "__fish_apkcompose_using_subcommand help; and not __fish_seen_subcommand_from init add remove import search info build cache diff lock outdated sbom push vendor verify resolve size tree why schema completions man help" -f -a "import" -d 'Make a manifest of a Dockerfile or of apko\'s YAML'
complete -c apkcompose -n "__fish_apkcompose_using_subcommand help; and not __fish_seen_subcommand_from init add remove import search info build cache diff lock outdated sbom push vendor verify resolve size tree why schema completions man help" -f -a "search" -d 'Look for packages by name and description'
complete -c apkcompose -n "__fish_apkcompose_using_subcommand help; and not __fish_seen_subcommand_from init add remove import search info build cache diff lock outdated sbom push vendor verify resolve size tree why schema completions man help" -f -a "info" -d 'Show all that the repositories say of a package'
complete -c apkcompose -n "__fish_apkcompose_using_subcommand help; and not __fish_seen_subcommand_from init add remove import search info build cache diff lock outdated sbom push vendor verify resolve size tree why schema completions man help" -f -a "build" -d 'Build an image, or a root file system, from a manifest or a few packages'
complete -c apkcompose -n "__fish_apkcompose_using_subcommand help; and not __fish_seen_subcommand_from init add remove import search info build cache diff lock outdated sbom push vendor verify resolve size tree why schema completions man help" -f -a "cache" -d 'Show or shrink the cache of packages, indexes and layers'
complete -c apkcompose -n "__fish_apkcompose_using_subcommand help; and not __fish_seen_subcommand_from init add remove import search info build cache diff lock outdated sbom push vendor verify resolve size tree why schema completions man help" -f -a "diff" -d 'Show what differs between two locks, manifests or images'
complete -c apkcompose -n "__fish_apkcompose_using_subcommand help; and not __fish_seen_subcommand_from init add remove import search info build cache diff lock outdated sbom push vendor verify resolve size tree why schema completions man help" -f -a "lock" -d 'Write down which packages a manifest resolves to, so that it does again'
complete -c apkcompose -n "__fish_apkcompose_using_subcommand help; and not __fish_seen_subcommand_from init add remove import search info build cache diff lock outdated sbom push vendor verify resolve size tree why schema completions man help" -f -a "outdated" -d 'Show what has become newer than the lock'
complete -c apkcompose -n "__fish_apkcompose_using_subcommand help; and not __fish_seen_subcommand_from init add remove import search info build cache diff lock outdated sbom push vendor verify resolve size tree why schema completions man help" -f -a "sbom" -d 'Print the software bill of materials of an image, or of what a manifest makes'
complete -c apkcompose -n "__fish_apkcompose_using_subcommand help; and not __fish_seen_subcommand_from init add remove import search info build cache diff lock outdated sbom push vendor verify resolve size tree why schema completions man help" -f -a "push" -d 'Push an image to registries, built as needed'
complete -c apkcompose -n "__fish_apkcompose_using_subcommand help; and not __fish_seen_subcommand_from init add remove import search info build cache diff lock outdated sbom push vendor verify resolve size tree why schema completions man help" -f -a "vendor" -d 'Copy all packages of a lock into a folder that is a repository itself'
complete -c apkcompose -n "__fish_apkcompose_using_subcommand help; and not __fish_seen_subcommand_from init add remove import search info build cache diff lock outdated sbom push vendor verify resolve size tree why schema completions man help" -f -a "verify" -d 'Build a manifest again and show what of an image is not what it makes'
complete -c apkcompose -n "__fish_apkcompose_using_subcommand help; and not __fish_seen_subcommand_from init add remove import search info build cache diff lock outdated sbom push vendor verify resolve size tree why schema completions man help" -f -a "resolve" -d 'Show which packages a manifest or a few words need, in the order of installation'
complete -c apkcompose -n "__fish_apkcompose_using_subcommand help; and not __fish_seen_subcommand_from init add remove import search info build cache diff lock outdated sbom push vendor verify resolve size tree why schema completions man help" -f -a "size" -d 'Show where the bytes are: by package, by folder, and by the word that brings them'
complete -c apkcompose -n "__fish_apkcompose_using_subcommand help; and not __fish_seen_subcommand_from init add remove import search info build cache diff lock outdated sbom push vendor verify resolve size tree why schema completions man help" -f -a "tree" -d 'Show what the packages of a manifest need, as a tree with sizes'
complete -c apkcompose -n "__fish_apkcompose_using_subcommand help; and not __fish_seen_subcommand_from init add remove import search info build cache diff lock outdated sbom push vendor verify resolve size tree why schema completions man help" -f -a "why" -d 'Show why a package is there: every shortest chain from the manifest\'s words to it'
complete -c apkcompose -n "__fish_apkcompose_using_subcommand help; and not __fish_seen_subcommand_from init add remove import search info build cache diff lock outdated sbom push vendor verify resolve size tree why schema completions man help" -f -a "schema" -d 'Print the JSON Schema of manifests, with which editors complete and check them'
complete -c apkcompose -n "__fish_apkcompose_using_subcommand help; and not __fish_seen_subcommand_from init add remove import search info build cache diff lock outdated sbom push vendor verify resolve size tree why schema completions man help" -f -a "completions" -d 'Print a script that completes commands in a shell'
complete -c apkcompose -n "__fish_apkcompose_using_subcommand help; and not __fish_seen_subcommand_from init add remove import search info build cache diff lock outdated sbom push vendor verify resolve size tree why schema completions man help" -f -a "man" -d 'Print the man page, or write those of all verbs into a folder'
complete -c apkcompose -n "__fish_apkcompose_using_subcommand help; and not __fish_seen_subcommand_from init add remove import search info build cache diff lock outdated sbom push vendor verify resolve size tree why schema completions man help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c apkcompose -n "__fish_apkcompose_using_subcommand help; and __fish_seen_subcommand_from cache" -f -a "info" -d 'Show where the cache is and what it holds'
complete -c apkcompose -n "__fish_apkcompose_using_subcommand help; and __fish_seen_subcommand_from cache" -f -a "clean" -d 'Remove what was not used for longest, or everything'
