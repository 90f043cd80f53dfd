
using namespace System.Management.Automation
using namespace System.Management.Automation.Language

Register-ArgumentCompleter -Native -CommandName 'apkcompose' -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)

    $commandElements = $commandAst.CommandElements
    $command = @(
        'apkcompose'
        for ($i = 1; $i -lt $commandElements.Count; $i++) {
            $element = $commandElements[$i]
            if ($element -isnot [StringConstantExpressionAst] -or
                $element.StringConstantType -ne [StringConstantType]::BareWord -or
                $element.Value.StartsWith('-') -or
                $element.Value -eq $wordToComplete) {
                break
        }
        $element.Value
    }) -join ';'

    $completions = @(switch ($command) {
        'apkcompose' {
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say all there is to know: what scripts print, and everything that stands in the way when no choice of packages fits')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say all there is to know: what scripts print, and everything that stands in the way when no choice of packages fits')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('init', 'init', [CompletionResultType]::ParameterValue, 'Write a new manifest, with comments that tell what else it can say')
            [CompletionResult]::new('add', 'add', [CompletionResultType]::ParameterValue, 'Add packages to a manifest; its comments and layout stay as they are')
            [CompletionResult]::new('remove', 'remove', [CompletionResultType]::ParameterValue, 'Remove packages from a manifest; its comments and layout stay as they are')
            [CompletionResult]::new('import', 'import', [CompletionResultType]::ParameterValue, 'Make a manifest of a Dockerfile or of apko''s YAML')
            [CompletionResult]::new('search', 'search', [CompletionResultType]::ParameterValue, 'Look for packages by name and description')
            [CompletionResult]::new('info', 'info', [CompletionResultType]::ParameterValue, 'Show all that the repositories say of a package')
            [CompletionResult]::new('build', 'build', [CompletionResultType]::ParameterValue, 'Build an image, or a root file system, from a manifest or a few packages')
            [CompletionResult]::new('cache', 'cache', [CompletionResultType]::ParameterValue, 'Show or shrink the cache of packages, indexes and layers')
            [CompletionResult]::new('diff', 'diff', [CompletionResultType]::ParameterValue, 'Show what differs between two locks, manifests or images')
            [CompletionResult]::new('lock', 'lock', [CompletionResultType]::ParameterValue, 'Write down which packages a manifest resolves to, so that it does again')
            [CompletionResult]::new('outdated', 'outdated', [CompletionResultType]::ParameterValue, 'Show what has become newer than the lock')
            [CompletionResult]::new('sbom', 'sbom', [CompletionResultType]::ParameterValue, 'Print the software bill of materials of an image, or of what a manifest makes')
            [CompletionResult]::new('push', 'push', [CompletionResultType]::ParameterValue, 'Push an image to registries, built as needed')
            [CompletionResult]::new('vendor', 'vendor', [CompletionResultType]::ParameterValue, 'Copy all packages of a lock into a folder that is a repository itself')
            [CompletionResult]::new('verify', 'verify', [CompletionResultType]::ParameterValue, 'Build a manifest again and show what of an image is not what it makes')
            [CompletionResult]::new('resolve', 'resolve', [CompletionResultType]::ParameterValue, 'Show which packages a manifest or a few words need, in the order of installation')
            [CompletionResult]::new('size', 'size', [CompletionResultType]::ParameterValue, 'Show where the bytes are: by package, by folder, and by the word that brings them')
            [CompletionResult]::new('tree', 'tree', [CompletionResultType]::ParameterValue, 'Show what the packages of a manifest need, as a tree with sizes')
            [CompletionResult]::new('why', 'why', [CompletionResultType]::ParameterValue, 'Show why a package is there: every shortest chain from the manifest''s words to it')
            [CompletionResult]::new('schema', 'schema', [CompletionResultType]::ParameterValue, 'Print the JSON Schema of manifests, with which editors complete and check them')
            [CompletionResult]::new('completions', 'completions', [CompletionResultType]::ParameterValue, 'Print a script that completes commands in a shell')
            [CompletionResult]::new('man', 'man', [CompletionResultType]::ParameterValue, 'Print the man page, or write those of all verbs into a folder')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'apkcompose;init' {
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'The file to write [default: the name of this folder, with .toml]')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'The file to write [default: the name of this folder, with .toml]')
            [CompletionResult]::new('--alpine', '--alpine', [CompletionResultType]::ParameterName, 'The release of Alpine that packages come from, such as 3.23')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing but errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing but errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say all there is to know: what scripts print, and everything that stands in the way when no choice of packages fits')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say all there is to know: what scripts print, and everything that stands in the way when no choice of packages fits')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'apkcompose;add' {
            [CompletionResult]::new('--repository', '--repository', [CompletionResultType]::ParameterName, 'A repository to check against instead of the manifest''s: a URL or a folder')
            [CompletionResult]::new('--arch', '--arch', [CompletionResultType]::ParameterName, 'The architecture, such as aarch64; several with commas between them, or all [default: the manifest''s, or this machine''s]')
            [CompletionResult]::new('--key', '--key', [CompletionResultType]::ParameterName, 'A public key to trust for every repository: a file, or a folder of them')
            [CompletionResult]::new('--mirror', '--mirror', [CompletionResultType]::ParameterName, 'What stands in for Alpine''s official server: a URL or a folder; of several, the next is tried when one fails')
            [CompletionResult]::new('--cache-dir', '--cache-dir', [CompletionResultType]::ParameterName, 'Where downloads and layers are kept')
            [CompletionResult]::new('--cache-limit', '--cache-limit', [CompletionResultType]::ParameterName, 'How much the cache may hold, such as 500M or 2GiB [default: 5GiB]')
            [CompletionResult]::new('--jobs', '--jobs', [CompletionResultType]::ParameterName, 'How many packages are fetched and read at once, and how many threads compress [default: the number of processors, at least 4]')
            [CompletionResult]::new('--ca-file', '--ca-file', [CompletionResultType]::ParameterName, 'Certificates (PEM) to verify https: servers against, instead of the system''s')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'How long a server may keep silent before it is given up [default: 30, and 10 to connect]')
            [CompletionResult]::new('--retries', '--retries', [CompletionResultType]::ParameterName, 'How often to try again what the network or a server failed at [default: 3]')
            [CompletionResult]::new('--no-check', '--no-check', [CompletionResultType]::ParameterName, 'Write it without looking at the repositories')
            [CompletionResult]::new('--offline', '--offline', [CompletionResultType]::ParameterName, 'Open no connection: use what is local or in the cache')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing but errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing but errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say all there is to know: what scripts print, and everything that stands in the way when no choice of packages fits')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say all there is to know: what scripts print, and everything that stands in the way when no choice of packages fits')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'apkcompose;remove' {
            [CompletionResult]::new('--repository', '--repository', [CompletionResultType]::ParameterName, 'A repository to check against instead of the manifest''s: a URL or a folder')
            [CompletionResult]::new('--arch', '--arch', [CompletionResultType]::ParameterName, 'The architecture, such as aarch64; several with commas between them, or all [default: the manifest''s, or this machine''s]')
            [CompletionResult]::new('--key', '--key', [CompletionResultType]::ParameterName, 'A public key to trust for every repository: a file, or a folder of them')
            [CompletionResult]::new('--mirror', '--mirror', [CompletionResultType]::ParameterName, 'What stands in for Alpine''s official server: a URL or a folder; of several, the next is tried when one fails')
            [CompletionResult]::new('--cache-dir', '--cache-dir', [CompletionResultType]::ParameterName, 'Where downloads and layers are kept')
            [CompletionResult]::new('--cache-limit', '--cache-limit', [CompletionResultType]::ParameterName, 'How much the cache may hold, such as 500M or 2GiB [default: 5GiB]')
            [CompletionResult]::new('--jobs', '--jobs', [CompletionResultType]::ParameterName, 'How many packages are fetched and read at once, and how many threads compress [default: the number of processors, at least 4]')
            [CompletionResult]::new('--ca-file', '--ca-file', [CompletionResultType]::ParameterName, 'Certificates (PEM) to verify https: servers against, instead of the system''s')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'How long a server may keep silent before it is given up [default: 30, and 10 to connect]')
            [CompletionResult]::new('--retries', '--retries', [CompletionResultType]::ParameterName, 'How often to try again what the network or a server failed at [default: 3]')
            [CompletionResult]::new('--no-check', '--no-check', [CompletionResultType]::ParameterName, 'Write it without looking at the repositories')
            [CompletionResult]::new('--offline', '--offline', [CompletionResultType]::ParameterName, 'Open no connection: use what is local or in the cache')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing but errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing but errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say all there is to know: what scripts print, and everything that stands in the way when no choice of packages fits')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say all there is to know: what scripts print, and everything that stands in the way when no choice of packages fits')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'apkcompose;import' {
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'The manifest to write, which must not be there yet [default: standard output]')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'The manifest to write, which must not be there yet [default: standard output]')
            [CompletionResult]::new('--from', '--from', [CompletionResultType]::ParameterName, 'What the file is [default: what its name and content look like]')
            [CompletionResult]::new('--build-arg', '--build-arg', [CompletionResultType]::ParameterName, 'A value for an ARG of a Dockerfile')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing but errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing but errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say all there is to know: what scripts print, and everything that stands in the way when no choice of packages fits')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say all there is to know: what scripts print, and everything that stands in the way when no choice of packages fits')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'apkcompose;search' {
            [CompletionResult]::new('-m', '-m', [CompletionResultType]::ParameterName, 'The manifest (TOML) whose repositories are looked into [default: Alpine''s latest release that this program knows]')
            [CompletionResult]::new('--manifest', '--manifest', [CompletionResultType]::ParameterName, 'The manifest (TOML) whose repositories are looked into [default: Alpine''s latest release that this program knows]')
            [CompletionResult]::new('--alpine', '--alpine', [CompletionResultType]::ParameterName, 'The release of Alpine whose main and community are used, such as 3.23')
            [CompletionResult]::new('--repository', '--repository', [CompletionResultType]::ParameterName, 'A repository to use instead of the manifest''s: a URL or a folder')
            [CompletionResult]::new('--arch', '--arch', [CompletionResultType]::ParameterName, 'The architecture, such as aarch64; several with commas between them, or all [default: the manifest''s, or this machine''s]')
            [CompletionResult]::new('--key', '--key', [CompletionResultType]::ParameterName, 'A public key to trust for every repository: a file, or a folder of them')
            [CompletionResult]::new('--mirror', '--mirror', [CompletionResultType]::ParameterName, 'What stands in for Alpine''s official server: a URL or a folder; of several, the next is tried when one fails')
            [CompletionResult]::new('--cache-dir', '--cache-dir', [CompletionResultType]::ParameterName, 'Where downloads and layers are kept')
            [CompletionResult]::new('--cache-limit', '--cache-limit', [CompletionResultType]::ParameterName, 'How much the cache may hold, such as 500M or 2GiB [default: 5GiB]')
            [CompletionResult]::new('--jobs', '--jobs', [CompletionResultType]::ParameterName, 'How many packages are fetched and read at once, and how many threads compress [default: the number of processors, at least 4]')
            [CompletionResult]::new('--ca-file', '--ca-file', [CompletionResultType]::ParameterName, 'Certificates (PEM) to verify https: servers against, instead of the system''s')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'How long a server may keep silent before it is given up [default: 30, and 10 to connect]')
            [CompletionResult]::new('--retries', '--retries', [CompletionResultType]::ParameterName, 'How often to try again what the network or a server failed at [default: 3]')
            [CompletionResult]::new('--exact', '--exact', [CompletionResultType]::ParameterName, 'Only the package of exactly this name')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print what was found as JSON')
            [CompletionResult]::new('--offline', '--offline', [CompletionResultType]::ParameterName, 'Open no connection: use what is local or in the cache')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing but errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing but errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say all there is to know: what scripts print, and everything that stands in the way when no choice of packages fits')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say all there is to know: what scripts print, and everything that stands in the way when no choice of packages fits')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'apkcompose;info' {
            [CompletionResult]::new('-m', '-m', [CompletionResultType]::ParameterName, 'The manifest (TOML) whose repositories are looked into [default: Alpine''s latest release that this program knows]')
            [CompletionResult]::new('--manifest', '--manifest', [CompletionResultType]::ParameterName, 'The manifest (TOML) whose repositories are looked into [default: Alpine''s latest release that this program knows]')
            [CompletionResult]::new('--alpine', '--alpine', [CompletionResultType]::ParameterName, 'The release of Alpine whose main and community are used, such as 3.23')
            [CompletionResult]::new('--repository', '--repository', [CompletionResultType]::ParameterName, 'A repository to use instead of the manifest''s: a URL or a folder')
            [CompletionResult]::new('--arch', '--arch', [CompletionResultType]::ParameterName, 'The architecture, such as aarch64; several with commas between them, or all [default: the manifest''s, or this machine''s]')
            [CompletionResult]::new('--key', '--key', [CompletionResultType]::ParameterName, 'A public key to trust for every repository: a file, or a folder of them')
            [CompletionResult]::new('--mirror', '--mirror', [CompletionResultType]::ParameterName, 'What stands in for Alpine''s official server: a URL or a folder; of several, the next is tried when one fails')
            [CompletionResult]::new('--cache-dir', '--cache-dir', [CompletionResultType]::ParameterName, 'Where downloads and layers are kept')
            [CompletionResult]::new('--cache-limit', '--cache-limit', [CompletionResultType]::ParameterName, 'How much the cache may hold, such as 500M or 2GiB [default: 5GiB]')
            [CompletionResult]::new('--jobs', '--jobs', [CompletionResultType]::ParameterName, 'How many packages are fetched and read at once, and how many threads compress [default: the number of processors, at least 4]')
            [CompletionResult]::new('--ca-file', '--ca-file', [CompletionResultType]::ParameterName, 'Certificates (PEM) to verify https: servers against, instead of the system''s')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'How long a server may keep silent before it is given up [default: 30, and 10 to connect]')
            [CompletionResult]::new('--retries', '--retries', [CompletionResultType]::ParameterName, 'How often to try again what the network or a server failed at [default: 3]')
            [CompletionResult]::new('--required-by', '--required-by', [CompletionResultType]::ParameterName, 'List the packages that depend on it')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print it as JSON')
            [CompletionResult]::new('--offline', '--offline', [CompletionResultType]::ParameterName, 'Open no connection: use what is local or in the cache')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing but errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing but errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say all there is to know: what scripts print, and everything that stands in the way when no choice of packages fits')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say all there is to know: what scripts print, and everything that stands in the way when no choice of packages fits')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'apkcompose;build' {
            [CompletionResult]::new('--package', '--package', [CompletionResultType]::ParameterName, 'A package to add, as in apk''s world: name, name=1.2-r0, name~8.3, name@tag')
            [CompletionResult]::new('--alpine', '--alpine', [CompletionResultType]::ParameterName, 'The release of Alpine whose main and community are used, such as 3.23')
            [CompletionResult]::new('--repository', '--repository', [CompletionResultType]::ParameterName, 'A repository to use instead of the manifest''s: a URL or a folder')
            [CompletionResult]::new('--arch', '--arch', [CompletionResultType]::ParameterName, 'The architecture, such as aarch64; several with commas between them, or all [default: the manifest''s, or this machine''s]')
            [CompletionResult]::new('--key', '--key', [CompletionResultType]::ParameterName, 'A public key to trust for every repository: a file, or a folder of them')
            [CompletionResult]::new('--mirror', '--mirror', [CompletionResultType]::ParameterName, 'What stands in for Alpine''s official server: a URL or a folder; of several, the next is tried when one fails')
            [CompletionResult]::new('--cache-dir', '--cache-dir', [CompletionResultType]::ParameterName, 'Where downloads and layers are kept')
            [CompletionResult]::new('--cache-limit', '--cache-limit', [CompletionResultType]::ParameterName, 'How much the cache may hold, such as 500M or 2GiB [default: 5GiB]')
            [CompletionResult]::new('--jobs', '--jobs', [CompletionResultType]::ParameterName, 'How many packages are fetched and read at once, and how many threads compress [default: the number of processors, at least 4]')
            [CompletionResult]::new('--ca-file', '--ca-file', [CompletionResultType]::ParameterName, 'Certificates (PEM) to verify https: servers against, instead of the system''s')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'How long a server may keep silent before it is given up [default: 30, and 10 to connect]')
            [CompletionResult]::new('--retries', '--retries', [CompletionResultType]::ParameterName, 'How often to try again what the network or a server failed at [default: 3]')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'The file or folder to write, or - for standard output [default: the image''s name, in this folder]')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'The file or folder to write, or - for standard output [default: the image''s name, in this folder]')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'What to write')
            [CompletionResult]::new('--name', '--name', [CompletionResultType]::ParameterName, 'The name of the image, such as me/php:8.3')
            [CompletionResult]::new('--sbom', '--sbom', [CompletionResultType]::ParameterName, 'Write a software bill of materials beside the output: spdx (NAME.spdx.json) or cyclonedx (NAME.cdx.json); may be given for each')
            [CompletionResult]::new('--scripts', '--scripts', [CompletionResultType]::ParameterName, 'Whether the packages'' install scripts are run, in a sandbox [default: the manifest''s, or run]')
            [CompletionResult]::new('--script-timeout', '--script-timeout', [CompletionResultType]::ParameterName, 'How long a script may take')
            [CompletionResult]::new('--script-output', '--script-output', [CompletionResultType]::ParameterName, 'How much a script may print')
            [CompletionResult]::new('--entrypoint', '--entrypoint', [CompletionResultType]::ParameterName, 'The command, split into words as a shell would')
            [CompletionResult]::new('--cmd', '--cmd', [CompletionResultType]::ParameterName, 'Arguments for the entrypoint, or the command if there is none')
            [CompletionResult]::new('--env', '--env', [CompletionResultType]::ParameterName, 'An environment variable')
            [CompletionResult]::new('--user', '--user', [CompletionResultType]::ParameterName, 'Who runs the command')
            [CompletionResult]::new('--workdir', '--workdir', [CompletionResultType]::ParameterName, 'Where the command starts')
            [CompletionResult]::new('--expose', '--expose', [CompletionResultType]::ParameterName, 'A port that it listens on')
            [CompletionResult]::new('--label', '--label', [CompletionResultType]::ParameterName, 'A label of the image''s configuration')
            [CompletionResult]::new('--annotation', '--annotation', [CompletionResultType]::ParameterName, 'An annotation of the image''s manifest')
            [CompletionResult]::new('--author', '--author', [CompletionResultType]::ParameterName, 'Who is responsible for the image')
            [CompletionResult]::new('--set', '--set', [CompletionResultType]::ParameterName, 'A variable of the manifest''s templates')
            [CompletionResult]::new('--locked', '--locked', [CompletionResultType]::ParameterName, 'Use the lock beside the manifest, and fail when it is missing or does not fit')
            [CompletionResult]::new('--offline', '--offline', [CompletionResultType]::ParameterName, 'Open no connection: use what is local or in the cache')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing but errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing but errors')
            [CompletionResult]::new('--sbom-files', '--sbom-files', [CompletionResultType]::ParameterName, 'List every file in it, with SHA-1 and SHA-256')
            [CompletionResult]::new('--provenance', '--provenance', [CompletionResultType]::ParameterName, 'Write what the output was built from beside it, as an in-toto statement (NAME.intoto.json)')
            [CompletionResult]::new('--git', '--git', [CompletionResultType]::ParameterName, 'Say which commit of which git repository the manifest is from, in labels and annotations')
            [CompletionResult]::new('--standard-annotations', '--standard-annotations', [CompletionResultType]::ParameterName, 'Say in labels and annotations what else is known: title, version, time, author')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say all there is to know: what scripts print, and everything that stands in the way when no choice of packages fits')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say all there is to know: what scripts print, and everything that stands in the way when no choice of packages fits')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'apkcompose;cache' {
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say all there is to know: what scripts print, and everything that stands in the way when no choice of packages fits')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say all there is to know: what scripts print, and everything that stands in the way when no choice of packages fits')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('info', 'info', [CompletionResultType]::ParameterValue, 'Show where the cache is and what it holds')
            [CompletionResult]::new('clean', 'clean', [CompletionResultType]::ParameterValue, 'Remove what was not used for longest, or everything')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'apkcompose;cache;info' {
            [CompletionResult]::new('--cache-dir', '--cache-dir', [CompletionResultType]::ParameterName, 'Where downloads and layers are kept')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say all there is to know: what scripts print, and everything that stands in the way when no choice of packages fits')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say all there is to know: what scripts print, and everything that stands in the way when no choice of packages fits')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'apkcompose;cache;clean' {
            [CompletionResult]::new('--cache-dir', '--cache-dir', [CompletionResultType]::ParameterName, 'Where downloads and layers are kept')
            [CompletionResult]::new('--keep', '--keep', [CompletionResultType]::ParameterName, 'How much may stay, such as 500M or 2GiB')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say all there is to know: what scripts print, and everything that stands in the way when no choice of packages fits')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say all there is to know: what scripts print, and everything that stands in the way when no choice of packages fits')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'apkcompose;cache;help' {
            [CompletionResult]::new('info', 'info', [CompletionResultType]::ParameterValue, 'Show where the cache is and what it holds')
            [CompletionResult]::new('clean', 'clean', [CompletionResultType]::ParameterValue, 'Remove what was not used for longest, or everything')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'apkcompose;cache;help;info' {
            break
        }
        'apkcompose;cache;help;clean' {
            break
        }
        'apkcompose;cache;help;help' {
            break
        }
        'apkcompose;diff' {
            [CompletionResult]::new('--arch', '--arch', [CompletionResultType]::ParameterName, 'The architecture, such as aarch64; several with commas between them, or all [default: the manifest''s, or this machine''s]')
            [CompletionResult]::new('--key', '--key', [CompletionResultType]::ParameterName, 'A public key to trust for every repository: a file, or a folder of them')
            [CompletionResult]::new('--mirror', '--mirror', [CompletionResultType]::ParameterName, 'What stands in for Alpine''s official server: a URL or a folder; of several, the next is tried when one fails')
            [CompletionResult]::new('--cache-dir', '--cache-dir', [CompletionResultType]::ParameterName, 'Where downloads and layers are kept')
            [CompletionResult]::new('--cache-limit', '--cache-limit', [CompletionResultType]::ParameterName, 'How much the cache may hold, such as 500M or 2GiB [default: 5GiB]')
            [CompletionResult]::new('--jobs', '--jobs', [CompletionResultType]::ParameterName, 'How many packages are fetched and read at once, and how many threads compress [default: the number of processors, at least 4]')
            [CompletionResult]::new('--ca-file', '--ca-file', [CompletionResultType]::ParameterName, 'Certificates (PEM) to verify https: servers against, instead of the system''s')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'How long a server may keep silent before it is given up [default: 30, and 10 to connect]')
            [CompletionResult]::new('--retries', '--retries', [CompletionResultType]::ParameterName, 'How often to try again what the network or a server failed at [default: 3]')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print the differences as JSON')
            [CompletionResult]::new('--offline', '--offline', [CompletionResultType]::ParameterName, 'Open no connection: use what is local or in the cache')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing but errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing but errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say all there is to know: what scripts print, and everything that stands in the way when no choice of packages fits')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say all there is to know: what scripts print, and everything that stands in the way when no choice of packages fits')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'apkcompose;lock' {
            [CompletionResult]::new('--update', '--update', [CompletionResultType]::ParameterName, 'Move these packages, or all of them, to what the repositories have now')
            [CompletionResult]::new('--arch', '--arch', [CompletionResultType]::ParameterName, 'The architecture, such as aarch64; several with commas between them, or all [default: the manifest''s, or this machine''s]')
            [CompletionResult]::new('--key', '--key', [CompletionResultType]::ParameterName, 'A public key to trust for every repository: a file, or a folder of them')
            [CompletionResult]::new('--mirror', '--mirror', [CompletionResultType]::ParameterName, 'What stands in for Alpine''s official server: a URL or a folder; of several, the next is tried when one fails')
            [CompletionResult]::new('--cache-dir', '--cache-dir', [CompletionResultType]::ParameterName, 'Where downloads and layers are kept')
            [CompletionResult]::new('--cache-limit', '--cache-limit', [CompletionResultType]::ParameterName, 'How much the cache may hold, such as 500M or 2GiB [default: 5GiB]')
            [CompletionResult]::new('--jobs', '--jobs', [CompletionResultType]::ParameterName, 'How many packages are fetched and read at once, and how many threads compress [default: the number of processors, at least 4]')
            [CompletionResult]::new('--ca-file', '--ca-file', [CompletionResultType]::ParameterName, 'Certificates (PEM) to verify https: servers against, instead of the system''s')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'How long a server may keep silent before it is given up [default: 30, and 10 to connect]')
            [CompletionResult]::new('--retries', '--retries', [CompletionResultType]::ParameterName, 'How often to try again what the network or a server failed at [default: 3]')
            [CompletionResult]::new('--check', '--check', [CompletionResultType]::ParameterName, 'Write nothing; exit with 1 when the lock is missing or does not fit the manifest')
            [CompletionResult]::new('--offline', '--offline', [CompletionResultType]::ParameterName, 'Open no connection: use what is local or in the cache')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing but errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing but errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say all there is to know: what scripts print, and everything that stands in the way when no choice of packages fits')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say all there is to know: what scripts print, and everything that stands in the way when no choice of packages fits')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'apkcompose;outdated' {
            [CompletionResult]::new('--arch', '--arch', [CompletionResultType]::ParameterName, 'The architecture, such as aarch64; several with commas between them, or all [default: the manifest''s, or this machine''s]')
            [CompletionResult]::new('--key', '--key', [CompletionResultType]::ParameterName, 'A public key to trust for every repository: a file, or a folder of them')
            [CompletionResult]::new('--mirror', '--mirror', [CompletionResultType]::ParameterName, 'What stands in for Alpine''s official server: a URL or a folder; of several, the next is tried when one fails')
            [CompletionResult]::new('--cache-dir', '--cache-dir', [CompletionResultType]::ParameterName, 'Where downloads and layers are kept')
            [CompletionResult]::new('--cache-limit', '--cache-limit', [CompletionResultType]::ParameterName, 'How much the cache may hold, such as 500M or 2GiB [default: 5GiB]')
            [CompletionResult]::new('--jobs', '--jobs', [CompletionResultType]::ParameterName, 'How many packages are fetched and read at once, and how many threads compress [default: the number of processors, at least 4]')
            [CompletionResult]::new('--ca-file', '--ca-file', [CompletionResultType]::ParameterName, 'Certificates (PEM) to verify https: servers against, instead of the system''s')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'How long a server may keep silent before it is given up [default: 30, and 10 to connect]')
            [CompletionResult]::new('--retries', '--retries', [CompletionResultType]::ParameterName, 'How often to try again what the network or a server failed at [default: 3]')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print the changes as JSON')
            [CompletionResult]::new('--offline', '--offline', [CompletionResultType]::ParameterName, 'Open no connection: use what is local or in the cache')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing but errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing but errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say all there is to know: what scripts print, and everything that stands in the way when no choice of packages fits')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say all there is to know: what scripts print, and everything that stands in the way when no choice of packages fits')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'apkcompose;sbom' {
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'spdx (2.3) or cyclonedx (1.6)')
            [CompletionResult]::new('--arch', '--arch', [CompletionResultType]::ParameterName, 'The architecture, such as aarch64; several with commas between them, or all [default: the manifest''s, or this machine''s]')
            [CompletionResult]::new('--key', '--key', [CompletionResultType]::ParameterName, 'A public key to trust for every repository: a file, or a folder of them')
            [CompletionResult]::new('--mirror', '--mirror', [CompletionResultType]::ParameterName, 'What stands in for Alpine''s official server: a URL or a folder; of several, the next is tried when one fails')
            [CompletionResult]::new('--cache-dir', '--cache-dir', [CompletionResultType]::ParameterName, 'Where downloads and layers are kept')
            [CompletionResult]::new('--cache-limit', '--cache-limit', [CompletionResultType]::ParameterName, 'How much the cache may hold, such as 500M or 2GiB [default: 5GiB]')
            [CompletionResult]::new('--jobs', '--jobs', [CompletionResultType]::ParameterName, 'How many packages are fetched and read at once, and how many threads compress [default: the number of processors, at least 4]')
            [CompletionResult]::new('--ca-file', '--ca-file', [CompletionResultType]::ParameterName, 'Certificates (PEM) to verify https: servers against, instead of the system''s')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'How long a server may keep silent before it is given up [default: 30, and 10 to connect]')
            [CompletionResult]::new('--retries', '--retries', [CompletionResultType]::ParameterName, 'How often to try again what the network or a server failed at [default: 3]')
            [CompletionResult]::new('--files', '--files', [CompletionResultType]::ParameterName, 'List every file, with SHA-1 and SHA-256')
            [CompletionResult]::new('--offline', '--offline', [CompletionResultType]::ParameterName, 'Open no connection: use what is local or in the cache')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing but errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing but errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say all there is to know: what scripts print, and everything that stands in the way when no choice of packages fits')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say all there is to know: what scripts print, and everything that stands in the way when no choice of packages fits')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'apkcompose;push' {
            [CompletionResult]::new('--package', '--package', [CompletionResultType]::ParameterName, 'A package to add, as in apk''s world: name, name=1.2-r0, name~8.3, name@tag')
            [CompletionResult]::new('--alpine', '--alpine', [CompletionResultType]::ParameterName, 'The release of Alpine whose main and community are used, such as 3.23')
            [CompletionResult]::new('--repository', '--repository', [CompletionResultType]::ParameterName, 'A repository to use instead of the manifest''s: a URL or a folder')
            [CompletionResult]::new('--arch', '--arch', [CompletionResultType]::ParameterName, 'The architecture, such as aarch64; several with commas between them, or all [default: the manifest''s, or this machine''s]')
            [CompletionResult]::new('--key', '--key', [CompletionResultType]::ParameterName, 'A public key to trust for every repository: a file, or a folder of them')
            [CompletionResult]::new('--mirror', '--mirror', [CompletionResultType]::ParameterName, 'What stands in for Alpine''s official server: a URL or a folder; of several, the next is tried when one fails')
            [CompletionResult]::new('--cache-dir', '--cache-dir', [CompletionResultType]::ParameterName, 'Where downloads and layers are kept')
            [CompletionResult]::new('--cache-limit', '--cache-limit', [CompletionResultType]::ParameterName, 'How much the cache may hold, such as 500M or 2GiB [default: 5GiB]')
            [CompletionResult]::new('--jobs', '--jobs', [CompletionResultType]::ParameterName, 'How many packages are fetched and read at once, and how many threads compress [default: the number of processors, at least 4]')
            [CompletionResult]::new('--ca-file', '--ca-file', [CompletionResultType]::ParameterName, 'Certificates (PEM) to verify https: servers against, instead of the system''s')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'How long a server may keep silent before it is given up [default: 30, and 10 to connect]')
            [CompletionResult]::new('--retries', '--retries', [CompletionResultType]::ParameterName, 'How often to try again what the network or a server failed at [default: 3]')
            [CompletionResult]::new('--insecure-registry', '--insecure-registry', [CompletionResultType]::ParameterName, 'A registry that is reached without TLS, as those on this machine are; with its port')
            [CompletionResult]::new('--scripts', '--scripts', [CompletionResultType]::ParameterName, 'Whether the packages'' install scripts are run, in a sandbox [default: the manifest''s, or run]')
            [CompletionResult]::new('--script-timeout', '--script-timeout', [CompletionResultType]::ParameterName, 'How long a script may take')
            [CompletionResult]::new('--script-output', '--script-output', [CompletionResultType]::ParameterName, 'How much a script may print')
            [CompletionResult]::new('--entrypoint', '--entrypoint', [CompletionResultType]::ParameterName, 'The command, split into words as a shell would')
            [CompletionResult]::new('--cmd', '--cmd', [CompletionResultType]::ParameterName, 'Arguments for the entrypoint, or the command if there is none')
            [CompletionResult]::new('--env', '--env', [CompletionResultType]::ParameterName, 'An environment variable')
            [CompletionResult]::new('--user', '--user', [CompletionResultType]::ParameterName, 'Who runs the command')
            [CompletionResult]::new('--workdir', '--workdir', [CompletionResultType]::ParameterName, 'Where the command starts')
            [CompletionResult]::new('--expose', '--expose', [CompletionResultType]::ParameterName, 'A port that it listens on')
            [CompletionResult]::new('--label', '--label', [CompletionResultType]::ParameterName, 'A label of the image''s configuration')
            [CompletionResult]::new('--annotation', '--annotation', [CompletionResultType]::ParameterName, 'An annotation of the image''s manifest')
            [CompletionResult]::new('--author', '--author', [CompletionResultType]::ParameterName, 'Who is responsible for the image')
            [CompletionResult]::new('--set', '--set', [CompletionResultType]::ParameterName, 'A variable of the manifest''s templates')
            [CompletionResult]::new('--locked', '--locked', [CompletionResultType]::ParameterName, 'Use the lock beside the manifest, and fail when it is missing or does not fit')
            [CompletionResult]::new('--offline', '--offline', [CompletionResultType]::ParameterName, 'Open no connection: use what is local or in the cache')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing but errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing but errors')
            [CompletionResult]::new('--git', '--git', [CompletionResultType]::ParameterName, 'Say which commit of which git repository the manifest is from, in labels and annotations')
            [CompletionResult]::new('--standard-annotations', '--standard-annotations', [CompletionResultType]::ParameterName, 'Say in labels and annotations what else is known: title, version, time, author')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say all there is to know: what scripts print, and everything that stands in the way when no choice of packages fits')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say all there is to know: what scripts print, and everything that stands in the way when no choice of packages fits')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'apkcompose;vendor' {
            [CompletionResult]::new('--sign-key', '--sign-key', [CompletionResultType]::ParameterName, 'A private RSA key (PEM, PKCS#8) to sign the index with; its public half goes into keys/')
            [CompletionResult]::new('--arch', '--arch', [CompletionResultType]::ParameterName, 'The architecture, such as aarch64; several with commas between them, or all [default: the manifest''s, or this machine''s]')
            [CompletionResult]::new('--key', '--key', [CompletionResultType]::ParameterName, 'A public key to trust for every repository: a file, or a folder of them')
            [CompletionResult]::new('--mirror', '--mirror', [CompletionResultType]::ParameterName, 'What stands in for Alpine''s official server: a URL or a folder; of several, the next is tried when one fails')
            [CompletionResult]::new('--cache-dir', '--cache-dir', [CompletionResultType]::ParameterName, 'Where downloads and layers are kept')
            [CompletionResult]::new('--cache-limit', '--cache-limit', [CompletionResultType]::ParameterName, 'How much the cache may hold, such as 500M or 2GiB [default: 5GiB]')
            [CompletionResult]::new('--jobs', '--jobs', [CompletionResultType]::ParameterName, 'How many packages are fetched and read at once, and how many threads compress [default: the number of processors, at least 4]')
            [CompletionResult]::new('--ca-file', '--ca-file', [CompletionResultType]::ParameterName, 'Certificates (PEM) to verify https: servers against, instead of the system''s')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'How long a server may keep silent before it is given up [default: 30, and 10 to connect]')
            [CompletionResult]::new('--retries', '--retries', [CompletionResultType]::ParameterName, 'How often to try again what the network or a server failed at [default: 3]')
            [CompletionResult]::new('--offline', '--offline', [CompletionResultType]::ParameterName, 'Open no connection: use what is local or in the cache')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing but errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing but errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say all there is to know: what scripts print, and everything that stands in the way when no choice of packages fits')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say all there is to know: what scripts print, and everything that stands in the way when no choice of packages fits')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'apkcompose;verify' {
            [CompletionResult]::new('--package', '--package', [CompletionResultType]::ParameterName, 'A package to add, as in apk''s world: name, name=1.2-r0, name~8.3, name@tag')
            [CompletionResult]::new('--alpine', '--alpine', [CompletionResultType]::ParameterName, 'The release of Alpine whose main and community are used, such as 3.23')
            [CompletionResult]::new('--repository', '--repository', [CompletionResultType]::ParameterName, 'A repository to use instead of the manifest''s: a URL or a folder')
            [CompletionResult]::new('--arch', '--arch', [CompletionResultType]::ParameterName, 'The architecture, such as aarch64; several with commas between them, or all [default: the manifest''s, or this machine''s]')
            [CompletionResult]::new('--key', '--key', [CompletionResultType]::ParameterName, 'A public key to trust for every repository: a file, or a folder of them')
            [CompletionResult]::new('--mirror', '--mirror', [CompletionResultType]::ParameterName, 'What stands in for Alpine''s official server: a URL or a folder; of several, the next is tried when one fails')
            [CompletionResult]::new('--cache-dir', '--cache-dir', [CompletionResultType]::ParameterName, 'Where downloads and layers are kept')
            [CompletionResult]::new('--cache-limit', '--cache-limit', [CompletionResultType]::ParameterName, 'How much the cache may hold, such as 500M or 2GiB [default: 5GiB]')
            [CompletionResult]::new('--jobs', '--jobs', [CompletionResultType]::ParameterName, 'How many packages are fetched and read at once, and how many threads compress [default: the number of processors, at least 4]')
            [CompletionResult]::new('--ca-file', '--ca-file', [CompletionResultType]::ParameterName, 'Certificates (PEM) to verify https: servers against, instead of the system''s')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'How long a server may keep silent before it is given up [default: 30, and 10 to connect]')
            [CompletionResult]::new('--retries', '--retries', [CompletionResultType]::ParameterName, 'How often to try again what the network or a server failed at [default: 3]')
            [CompletionResult]::new('--locked', '--locked', [CompletionResultType]::ParameterName, 'Use the lock beside the manifest, and fail when it is missing or does not fit')
            [CompletionResult]::new('--offline', '--offline', [CompletionResultType]::ParameterName, 'Open no connection: use what is local or in the cache')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing but errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing but errors')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print the report as JSON')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say all there is to know: what scripts print, and everything that stands in the way when no choice of packages fits')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say all there is to know: what scripts print, and everything that stands in the way when no choice of packages fits')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'apkcompose;resolve' {
            [CompletionResult]::new('--package', '--package', [CompletionResultType]::ParameterName, 'A package to add, as in apk''s world: name, name=1.2-r0, name~8.3, name@tag')
            [CompletionResult]::new('--alpine', '--alpine', [CompletionResultType]::ParameterName, 'The release of Alpine whose main and community are used, such as 3.23')
            [CompletionResult]::new('--repository', '--repository', [CompletionResultType]::ParameterName, 'A repository to use instead of the manifest''s: a URL or a folder')
            [CompletionResult]::new('--arch', '--arch', [CompletionResultType]::ParameterName, 'The architecture, such as aarch64; several with commas between them, or all [default: the manifest''s, or this machine''s]')
            [CompletionResult]::new('--key', '--key', [CompletionResultType]::ParameterName, 'A public key to trust for every repository: a file, or a folder of them')
            [CompletionResult]::new('--mirror', '--mirror', [CompletionResultType]::ParameterName, 'What stands in for Alpine''s official server: a URL or a folder; of several, the next is tried when one fails')
            [CompletionResult]::new('--cache-dir', '--cache-dir', [CompletionResultType]::ParameterName, 'Where downloads and layers are kept')
            [CompletionResult]::new('--cache-limit', '--cache-limit', [CompletionResultType]::ParameterName, 'How much the cache may hold, such as 500M or 2GiB [default: 5GiB]')
            [CompletionResult]::new('--jobs', '--jobs', [CompletionResultType]::ParameterName, 'How many packages are fetched and read at once, and how many threads compress [default: the number of processors, at least 4]')
            [CompletionResult]::new('--ca-file', '--ca-file', [CompletionResultType]::ParameterName, 'Certificates (PEM) to verify https: servers against, instead of the system''s')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'How long a server may keep silent before it is given up [default: 30, and 10 to connect]')
            [CompletionResult]::new('--retries', '--retries', [CompletionResultType]::ParameterName, 'How often to try again what the network or a server failed at [default: 3]')
            [CompletionResult]::new('--locked', '--locked', [CompletionResultType]::ParameterName, 'Use the lock beside the manifest, and fail when it is missing or does not fit')
            [CompletionResult]::new('--offline', '--offline', [CompletionResultType]::ParameterName, 'Open no connection: use what is local or in the cache')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing but errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing but errors')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print the full entries as JSON')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say all there is to know: what scripts print, and everything that stands in the way when no choice of packages fits')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say all there is to know: what scripts print, and everything that stands in the way when no choice of packages fits')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'apkcompose;size' {
            [CompletionResult]::new('--plot', '--plot', [CompletionResultType]::ParameterName, 'Draw a treemap')
            [CompletionResult]::new('--depth', '--depth', [CompletionResultType]::ParameterName, 'How deep folders are told apart')
            [CompletionResult]::new('--top', '--top', [CompletionResultType]::ParameterName, 'How many rows of each table are shown')
            [CompletionResult]::new('--repository', '--repository', [CompletionResultType]::ParameterName, 'A repository to use instead of the manifests'': a URL or a folder')
            [CompletionResult]::new('--arch', '--arch', [CompletionResultType]::ParameterName, 'The architecture, such as aarch64; several with commas between them, or all [default: the manifest''s, or this machine''s]')
            [CompletionResult]::new('--key', '--key', [CompletionResultType]::ParameterName, 'A public key to trust for every repository: a file, or a folder of them')
            [CompletionResult]::new('--mirror', '--mirror', [CompletionResultType]::ParameterName, 'What stands in for Alpine''s official server: a URL or a folder; of several, the next is tried when one fails')
            [CompletionResult]::new('--cache-dir', '--cache-dir', [CompletionResultType]::ParameterName, 'Where downloads and layers are kept')
            [CompletionResult]::new('--cache-limit', '--cache-limit', [CompletionResultType]::ParameterName, 'How much the cache may hold, such as 500M or 2GiB [default: 5GiB]')
            [CompletionResult]::new('--jobs', '--jobs', [CompletionResultType]::ParameterName, 'How many packages are fetched and read at once, and how many threads compress [default: the number of processors, at least 4]')
            [CompletionResult]::new('--ca-file', '--ca-file', [CompletionResultType]::ParameterName, 'Certificates (PEM) to verify https: servers against, instead of the system''s')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'How long a server may keep silent before it is given up [default: 30, and 10 to connect]')
            [CompletionResult]::new('--retries', '--retries', [CompletionResultType]::ParameterName, 'How often to try again what the network or a server failed at [default: 3]')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print everything as JSON')
            [CompletionResult]::new('--offline', '--offline', [CompletionResultType]::ParameterName, 'Open no connection: use what is local or in the cache')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing but errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing but errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say all there is to know: what scripts print, and everything that stands in the way when no choice of packages fits')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say all there is to know: what scripts print, and everything that stands in the way when no choice of packages fits')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'apkcompose;tree' {
            [CompletionResult]::new('--package', '--package', [CompletionResultType]::ParameterName, 'A package to add, as in apk''s world: name, name=1.2-r0, name~8.3, name@tag')
            [CompletionResult]::new('--alpine', '--alpine', [CompletionResultType]::ParameterName, 'The release of Alpine whose main and community are used, such as 3.23')
            [CompletionResult]::new('--repository', '--repository', [CompletionResultType]::ParameterName, 'A repository to use instead of the manifest''s: a URL or a folder')
            [CompletionResult]::new('--arch', '--arch', [CompletionResultType]::ParameterName, 'The architecture, such as aarch64; several with commas between them, or all [default: the manifest''s, or this machine''s]')
            [CompletionResult]::new('--key', '--key', [CompletionResultType]::ParameterName, 'A public key to trust for every repository: a file, or a folder of them')
            [CompletionResult]::new('--mirror', '--mirror', [CompletionResultType]::ParameterName, 'What stands in for Alpine''s official server: a URL or a folder; of several, the next is tried when one fails')
            [CompletionResult]::new('--cache-dir', '--cache-dir', [CompletionResultType]::ParameterName, 'Where downloads and layers are kept')
            [CompletionResult]::new('--cache-limit', '--cache-limit', [CompletionResultType]::ParameterName, 'How much the cache may hold, such as 500M or 2GiB [default: 5GiB]')
            [CompletionResult]::new('--jobs', '--jobs', [CompletionResultType]::ParameterName, 'How many packages are fetched and read at once, and how many threads compress [default: the number of processors, at least 4]')
            [CompletionResult]::new('--ca-file', '--ca-file', [CompletionResultType]::ParameterName, 'Certificates (PEM) to verify https: servers against, instead of the system''s')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'How long a server may keep silent before it is given up [default: 30, and 10 to connect]')
            [CompletionResult]::new('--retries', '--retries', [CompletionResultType]::ParameterName, 'How often to try again what the network or a server failed at [default: 3]')
            [CompletionResult]::new('--locked', '--locked', [CompletionResultType]::ParameterName, 'Use the lock beside the manifest, and fail when it is missing or does not fit')
            [CompletionResult]::new('--offline', '--offline', [CompletionResultType]::ParameterName, 'Open no connection: use what is local or in the cache')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing but errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing but errors')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print the tree as JSON')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say all there is to know: what scripts print, and everything that stands in the way when no choice of packages fits')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say all there is to know: what scripts print, and everything that stands in the way when no choice of packages fits')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'apkcompose;why' {
            [CompletionResult]::new('--package', '--package', [CompletionResultType]::ParameterName, 'A package to add, as in apk''s world: name, name=1.2-r0, name~8.3, name@tag')
            [CompletionResult]::new('--alpine', '--alpine', [CompletionResultType]::ParameterName, 'The release of Alpine whose main and community are used, such as 3.23')
            [CompletionResult]::new('--repository', '--repository', [CompletionResultType]::ParameterName, 'A repository to use instead of the manifest''s: a URL or a folder')
            [CompletionResult]::new('--arch', '--arch', [CompletionResultType]::ParameterName, 'The architecture, such as aarch64; several with commas between them, or all [default: the manifest''s, or this machine''s]')
            [CompletionResult]::new('--key', '--key', [CompletionResultType]::ParameterName, 'A public key to trust for every repository: a file, or a folder of them')
            [CompletionResult]::new('--mirror', '--mirror', [CompletionResultType]::ParameterName, 'What stands in for Alpine''s official server: a URL or a folder; of several, the next is tried when one fails')
            [CompletionResult]::new('--cache-dir', '--cache-dir', [CompletionResultType]::ParameterName, 'Where downloads and layers are kept')
            [CompletionResult]::new('--cache-limit', '--cache-limit', [CompletionResultType]::ParameterName, 'How much the cache may hold, such as 500M or 2GiB [default: 5GiB]')
            [CompletionResult]::new('--jobs', '--jobs', [CompletionResultType]::ParameterName, 'How many packages are fetched and read at once, and how many threads compress [default: the number of processors, at least 4]')
            [CompletionResult]::new('--ca-file', '--ca-file', [CompletionResultType]::ParameterName, 'Certificates (PEM) to verify https: servers against, instead of the system''s')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'How long a server may keep silent before it is given up [default: 30, and 10 to connect]')
            [CompletionResult]::new('--retries', '--retries', [CompletionResultType]::ParameterName, 'How often to try again what the network or a server failed at [default: 3]')
            [CompletionResult]::new('--locked', '--locked', [CompletionResultType]::ParameterName, 'Use the lock beside the manifest, and fail when it is missing or does not fit')
            [CompletionResult]::new('--offline', '--offline', [CompletionResultType]::ParameterName, 'Open no connection: use what is local or in the cache')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing but errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing but errors')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print the chains as JSON')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say all there is to know: what scripts print, and everything that stands in the way when no choice of packages fits')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say all there is to know: what scripts print, and everything that stands in the way when no choice of packages fits')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'apkcompose;schema' {
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say all there is to know: what scripts print, and everything that stands in the way when no choice of packages fits')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say all there is to know: what scripts print, and everything that stands in the way when no choice of packages fits')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'apkcompose;completions' {
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say all there is to know: what scripts print, and everything that stands in the way when no choice of packages fits')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say all there is to know: what scripts print, and everything that stands in the way when no choice of packages fits')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'apkcompose;man' {
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say all there is to know: what scripts print, and everything that stands in the way when no choice of packages fits')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say all there is to know: what scripts print, and everything that stands in the way when no choice of packages fits')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'apkcompose;help' {
            [CompletionResult]::new('init', 'init', [CompletionResultType]::ParameterValue, 'Write a new manifest, with comments that tell what else it can say')
            [CompletionResult]::new('add', 'add', [CompletionResultType]::ParameterValue, 'Add packages to a manifest; its comments and layout stay as they are')
            [CompletionResult]::new('remove', 'remove', [CompletionResultType]::ParameterValue, 'Remove packages from a manifest; its comments and layout stay as they are')
            [CompletionResult]::new('import', 'import', [CompletionResultType]::ParameterValue, 'Make a manifest of a Dockerfile or of apko''s YAML')
            [CompletionResult]::new('search', 'search', [CompletionResultType]::ParameterValue, 'Look for packages by name and description')
            [CompletionResult]::new('info', 'info', [CompletionResultType]::ParameterValue, 'Show all that the repositories say of a package')
            [CompletionResult]::new('build', 'build', [CompletionResultType]::ParameterValue, 'Build an image, or a root file system, from a manifest or a few packages')
            [CompletionResult]::new('cache', 'cache', [CompletionResultType]::ParameterValue, 'Show or shrink the cache of packages, indexes and layers')
            [CompletionResult]::new('diff', 'diff', [CompletionResultType]::ParameterValue, 'Show what differs between two locks, manifests or images')
            [CompletionResult]::new('lock', 'lock', [CompletionResultType]::ParameterValue, 'Write down which packages a manifest resolves to, so that it does again')
            [CompletionResult]::new('outdated', 'outdated', [CompletionResultType]::ParameterValue, 'Show what has become newer than the lock')
            [CompletionResult]::new('sbom', 'sbom', [CompletionResultType]::ParameterValue, 'Print the software bill of materials of an image, or of what a manifest makes')
            [CompletionResult]::new('push', 'push', [CompletionResultType]::ParameterValue, 'Push an image to registries, built as needed')
            [CompletionResult]::new('vendor', 'vendor', [CompletionResultType]::ParameterValue, 'Copy all packages of a lock into a folder that is a repository itself')
            [CompletionResult]::new('verify', 'verify', [CompletionResultType]::ParameterValue, 'Build a manifest again and show what of an image is not what it makes')
            [CompletionResult]::new('resolve', 'resolve', [CompletionResultType]::ParameterValue, 'Show which packages a manifest or a few words need, in the order of installation')
            [CompletionResult]::new('size', 'size', [CompletionResultType]::ParameterValue, 'Show where the bytes are: by package, by folder, and by the word that brings them')
            [CompletionResult]::new('tree', 'tree', [CompletionResultType]::ParameterValue, 'Show what the packages of a manifest need, as a tree with sizes')
            [CompletionResult]::new('why', 'why', [CompletionResultType]::ParameterValue, 'Show why a package is there: every shortest chain from the manifest''s words to it')
            [CompletionResult]::new('schema', 'schema', [CompletionResultType]::ParameterValue, 'Print the JSON Schema of manifests, with which editors complete and check them')
            [CompletionResult]::new('completions', 'completions', [CompletionResultType]::ParameterValue, 'Print a script that completes commands in a shell')
            [CompletionResult]::new('man', 'man', [CompletionResultType]::ParameterValue, 'Print the man page, or write those of all verbs into a folder')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'apkcompose;help;init' {
            break
        }
        'apkcompose;help;add' {
            break
        }
        'apkcompose;help;remove' {
            break
        }
        'apkcompose;help;import' {
            break
        }
        'apkcompose;help;search' {
            break
        }
        'apkcompose;help;info' {
            break
        }
        'apkcompose;help;build' {
            break
        }
        'apkcompose;help;cache' {
            [CompletionResult]::new('info', 'info', [CompletionResultType]::ParameterValue, 'Show where the cache is and what it holds')
            [CompletionResult]::new('clean', 'clean', [CompletionResultType]::ParameterValue, 'Remove what was not used for longest, or everything')
            break
        }
        'apkcompose;help;cache;info' {
            break
        }
        'apkcompose;help;cache;clean' {
            break
        }
        'apkcompose;help;diff' {
            break
        }
        'apkcompose;help;lock' {
            break
        }
        'apkcompose;help;outdated' {
            break
        }
        'apkcompose;help;sbom' {
            break
        }
        'apkcompose;help;push' {
            break
        }
        'apkcompose;help;vendor' {
            break
        }
        'apkcompose;help;verify' {
            break
        }
        'apkcompose;help;resolve' {
            break
        }
        'apkcompose;help;size' {
            break
        }
        'apkcompose;help;tree' {
            break
        }
        'apkcompose;help;why' {
            break
        }
        'apkcompose;help;schema' {
            break
        }
        'apkcompose;help;completions' {
            break
        }
        'apkcompose;help;man' {
            break
        }
        'apkcompose;help;help' {
            break
        }
    })

    $completions.Where{ $_.CompletionText -like "$wordToComplete*" } |
        Sort-Object -Property ListItemText
}
