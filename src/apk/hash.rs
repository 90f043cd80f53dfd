//! MurmurHash3 of names.
//!
//! `apk` keeps the names it meets in a table of this hash, and walks that table when it lists
//! who depends on what. The order is visible in which package comes first, so it is part of
//! the behaviour.

/// The seed that the table of names is hashed with.
const SEED: u32 = 5381;
/// The number of buckets of the table of names.
pub const BUCKETS: u32 = 20_000;

/// MurmurHash3, x86, 32 bits, of a name.
pub fn murmur3(name: &[u8]) -> u32 {
    const C1: u32 = 0xcc9e_2d51;
    const C2: u32 = 0x1b87_3593;
    let mix = |k: u32| k.wrapping_mul(C1).rotate_left(15).wrapping_mul(C2);
    let mut h = SEED;
    let mut blocks = name.chunks_exact(4);
    for block in &mut blocks {
        let k = u32::from_le_bytes([block[0], block[1], block[2], block[3]]);
        h = (h ^ mix(k)).rotate_left(13);
        h = h.wrapping_mul(5).wrapping_add(0xe654_6b64);
    }
    let tail = blocks.remainder();
    if !tail.is_empty() {
        let k = tail
            .iter()
            .rev()
            .fold(0, |k, byte| k << 8 | u32::from(*byte));
        h ^= mix(k);
    }
    // The length is part of the hash modulo 2^32.
    h ^= name.len() as u32;
    h ^= h >> 16;
    h = h.wrapping_mul(0x85eb_ca6b);
    h ^= h >> 13;
    h = h.wrapping_mul(0xc2b2_ae35);
    h ^ (h >> 16)
}

/// The bucket of the table of names that a hash falls into.
pub const fn bucket(hash: u32) -> u32 {
    hash % BUCKETS
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_is_murmur3_with_apks_seed() {
        // Computed with an independent implementation of the published algorithm.
        for (name, hash) in MURMUR3_OF {
            assert_eq!(murmur3(name.as_bytes()), hash, "{name}");
        }
    }

    const MURMUR3_OF: [(&str, u32); 5] = [
        ("", 0xc56c89ee),
        ("a", 0x13e286eb),
        ("musl", 0x10b38e99),
        ("/bin/sh", 0xf00cae8a),
        ("so:libc.musl-x86_64.so.1", 0x23bbb925),
    ];
}
