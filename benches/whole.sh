#!/bin/sh
# Measures whole builds of real Alpine packages side by side with what one would run otherwise,
# and the memory that an image of 1 GiB takes. Prints times in milliseconds and their ratios.
#
# usage: benches/whole.sh [DATA]     the folder of the data [default: $APKCOMPOSE_TEST_DATA]
#        benches/whole.sh --memory   the memory alone, which needs no data
#
# Needs hyperfine and jq, and a binary: cargo build --release. RUNS=N sets the runs of each
# measurement, BIG=MIB the size of the large image. Figures are of this machine and this moment;
# the ratios are what to compare.
set -eu
export LC_ALL=C

here=$(cd "$(dirname "$0")/.." && pwd)
bin=${APKCOMPOSE:-$here/target/release/apkcompose}
runs=${RUNS:-10}
big=${BIG:-1024}
for tool in hyperfine jq; do
    command -v "$tool" >/dev/null || { echo "$tool is not installed" >&2; exit 1; }
done
[ -x "$bin" ] || { echo "there is no $bin: cargo build --release" >&2; exit 1; }

work=$(mktemp -d "${TMPDIR:-/tmp}/apkcompose-bench.XXXXXX")
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM

# The least time of a command in milliseconds; $1 is run before each run, unmeasured.
measure() {
    hyperfine --style none --shell 'sh -c' --warmup 1 --runs "$runs" --prepare "$1" \
        --export-json "$work/times.json" "$2" >/dev/null 2>"$work/log" || {
        cat "$work/log" >&2
        exit 1
    }
    jq -r '.results[0].min * 1000 | . * 10 | round / 10' "$work/times.json"
}

row() { awk -v a="$2" -v b="$3" -v what="$1" 'BEGIN { printf "%-44s %9.1f ms %8.2f\n", what, a, a / b }'; }

# A world: its name, then its repositories.
world() {
    name=$1
    shift
    options="--arch x86_64 --scripts skip --quiet"
    for repository in "$@"; do
        folder=$data/alpine/$repository
        options="$options --repository $folder"
        [ ! -d "$folder/keys" ] || options="$options --key $folder/keys"
    done
    while read -r word; do
        options="$options --package $word"
    done <"$data/oracle/rootfs/$name/world"
    build="$bin build $options --cache-dir $work/cache"
    fresh="rm -rf $work/cache $work/out"

    # The very packages, and their root.
    rm -rf "$work/packages" "$work/root"
    mkdir "$work/packages"
    $fresh
    $build --format rootfs --output "$work/root" >/dev/null
    awk '/^P:/ { name = substr($0, 3) } /^V:/ { print name "-" substr($0, 3) }' \
        "$work/root/lib/apk/db/installed" >"$work/names"
    while read -r package; do
        for repository in "$@"; do
            file=$data/alpine/$repository/x86_64/$package.apk
            [ ! -f "$file" ] || ln -sf "$file" "$work/packages/"
        done
    done <"$work/names"

    floor=$(measure : "cat $work/packages/*.apk | gzip -dc | sha256sum")
    echo
    echo "$name: $(ls "$work/packages" | wc -l) packages, $(du -sLk "$work/packages" | cut -f1) KiB; ratio to the floor"
    row "floor: gzip -dc | sha256sum of the packages" "$floor" "$floor"
    row "tar | gzip -6 of the finished root" \
        "$(measure : "tar -C $work/root -cf - . | gzip -6 >$work/out")" "$floor"
    row "apkcompose, cold, --jobs 1" \
        "$(measure "$fresh" "$build --jobs 1 --output $work/out")" "$floor"
    row "apkcompose, cold" "$(measure "$fresh" "$build --output $work/out")" "$floor"
    row "apkcompose, cold, one layer" \
        "$(measure "$fresh" "$bin build $work/single.toml $options --cache-dir $work/cache --output $work/out")" "$floor"
    $build --output "$work/out" >/dev/null
    row "apkcompose, warm" "$(measure : "$build --output $work/out")" "$floor"
}

# The most memory in MiB that a command had at a time.
peak() {
    /usr/bin/time -f %M -o "$work/peak" "$@" >/dev/null
    awk '{ printf "%.0f", $1 / 1024 }' "$work/peak"
}

memory() {
    [ -x /usr/bin/time ] || { echo "GNU time is not installed" >&2; exit 1; }
    (cd "$here" && cargo run --quiet --release --example make-large-repository -- \
        "$work/large" "$big")
    count=$((big / 128))
    options="--arch x86_64 --quiet --repository $work/large --key $work/large"
    number=0
    while [ "$number" -lt "$count" ]; do
        options="$options --package large-$number"
        number=$((number + 1))
    done
    echo
    echo "an image of $big MiB; the most memory, in MiB"
    for format in archive oci tar rootfs; do
        for layers in package single; do
            case $format-$layers in tar-single | rootfs-single) continue ;; esac
            rm -rf "$work/out" "$work/cache"
            printf '%-44s %9s MiB\n' "--format $format, strategy $layers" \
                "$(peak "$bin" build "$work/$layers.toml" $options \
                    --cache-dir "$work/cache" --format $format --output "$work/out")"
        done
    done
    printf '%-44s %9s MiB\n' "the same again, from the cache" \
        "$(rm -rf "$work/out" "$work/cache"
            again="$bin build $work/single.toml $options --cache-dir $work/cache --output $work/out"
            $again >/dev/null
            peak $again)"
}

for layers in package single; do
    printf '[layers]\nstrategy = "%s"\n' "$layers" >"$work/$layers.toml"
done
if [ "${1:-}" != --memory ]; then
    data=${1:-${APKCOMPOSE_TEST_DATA:-}}
    [ -d "$data/alpine" ] || { echo "usage: benches/whole.sh DATA | --memory" >&2; exit 1; }
    data=$(cd "$data" && pwd)
    echo "$(nproc) of $(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1); $("$bin" --version)"
    world alpine-base iso-3.19.1
    world git iso-3.19.1 extra
    world services iso-3.19.1
fi
memory
