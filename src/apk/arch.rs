//! The architectures that Alpine builds for, and what container images call them.

use std::fmt;
use std::str::FromStr;

/// An architecture of Alpine.
///
/// `noarch` is none of these: it marks packages that fit every root, and no root has it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
#[allow(missing_docs)] // their names say all there is to say
pub enum Arch {
    Aarch64,
    Armhf,
    Armv7,
    Loongarch64,
    Ppc64le,
    Riscv64,
    S390x,
    X86,
    X86_64,
}

/// A text that names no architecture of Alpine.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{0:?} is no architecture of Alpine")]
pub struct UnknownArch(pub String);

impl Arch {
    /// All of them, ordered by name.
    pub const ALL: [Arch; 9] = [
        Arch::Aarch64,
        Arch::Armhf,
        Arch::Armv7,
        Arch::Loongarch64,
        Arch::Ppc64le,
        Arch::Riscv64,
        Arch::S390x,
        Arch::X86,
        Arch::X86_64,
    ];

    /// The name that `apk` uses: in `A:` of an index, in /etc/apk/arch and in addresses.
    pub const fn name(self) -> &'static str {
        match self {
            Arch::Aarch64 => "aarch64",
            Arch::Armhf => "armhf",
            Arch::Armv7 => "armv7",
            Arch::Loongarch64 => "loongarch64",
            Arch::Ppc64le => "ppc64le",
            Arch::Riscv64 => "riscv64",
            Arch::S390x => "s390x",
            Arch::X86 => "x86",
            Arch::X86_64 => "x86_64",
        }
    }

    /// `architecture` of an OCI image configuration and platform: the name that Go uses.
    pub const fn oci(self) -> &'static str {
        match self {
            Arch::Aarch64 => "arm64",
            Arch::Armhf | Arch::Armv7 => "arm",
            Arch::Loongarch64 => "loong64",
            Arch::Ppc64le => "ppc64le",
            Arch::Riscv64 => "riscv64",
            Arch::S390x => "s390x",
            Arch::X86 => "386",
            Arch::X86_64 => "amd64",
        }
    }

    /// `variant` of an OCI platform, where the architecture alone does not tell.
    pub const fn oci_variant(self) -> Option<&'static str> {
        match self {
            Arch::Aarch64 => Some("v8"),
            Arch::Armhf => Some("v6"),
            Arch::Armv7 => Some("v7"),
            _ => None,
        }
    }

    /// The architecture that this program was compiled for; `None` where Alpine has no such one.
    ///
    /// All 32-bit Arm hosts count as `armv7`: what the compiler calls `arm` does not say more.
    pub fn host() -> Option<Arch> {
        match std::env::consts::ARCH {
            "arm" => Some(Arch::Armv7),
            "powerpc64" if cfg!(target_endian = "little") => Some(Arch::Ppc64le),
            name => name.parse().ok(),
        }
    }

    /// The architecture that another name stands for: the ones of Go and Docker (`amd64`,
    /// `linux/arm64/v8`) and of compilers (`i686`). For suggestions; [`FromStr`] takes only
    /// Alpine's own.
    pub fn from_alias(text: &str) -> Option<Arch> {
        let text = text.to_ascii_lowercase();
        let text = text.strip_prefix("linux/").unwrap_or(&text);
        match text {
            "amd64" | "x64" | "x86-64" => Some(Arch::X86_64),
            "386" | "i386" | "i486" | "i586" | "i686" => Some(Arch::X86),
            "arm64" | "arm64/v8" | "armv8" => Some(Arch::Aarch64),
            "arm/v6" | "armv6" | "armel" => Some(Arch::Armhf),
            "arm" | "arm/v7" | "armv7l" | "armv7hf" => Some(Arch::Armv7),
            "ppc64el" | "powerpc64le" => Some(Arch::Ppc64le),
            "riscv" => Some(Arch::Riscv64),
            "loong64" => Some(Arch::Loongarch64),
            _ => text.parse().ok(),
        }
    }
}

impl fmt::Display for Arch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for Arch {
    type Err = UnknownArch;

    fn from_str(text: &str) -> Result<Arch, UnknownArch> {
        Arch::ALL
            .into_iter()
            .find(|arch| arch.name() == text)
            .ok_or_else(|| UnknownArch(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_name_reads_back() {
        for arch in Arch::ALL {
            assert_eq!(arch.name().parse(), Ok(arch));
        }
        assert!(Arch::ALL.is_sorted_by_key(|arch| arch.name()));
        assert!("noarch".parse::<Arch>().is_err());
        assert!("amd64".parse::<Arch>().is_err());
    }

    #[test]
    fn images_know_them_by_other_names() {
        let platform = |name: &str| {
            let arch: Arch = name.parse().unwrap();
            (arch.oci(), arch.oci_variant())
        };
        assert_eq!(platform("armhf"), ("arm", Some("v6")));
        assert_eq!(platform("armv7"), ("arm", Some("v7")));
        assert_eq!(platform("aarch64"), ("arm64", Some("v8")));
        assert_eq!(platform("x86"), ("386", None));
        assert_eq!(platform("x86_64"), ("amd64", None));
        assert_eq!(platform("loongarch64"), ("loong64", None));
        assert_eq!(Arch::from_alias("linux/arm64"), Some(Arch::Aarch64));
        assert_eq!(Arch::from_alias("sparc"), None);
    }
}
