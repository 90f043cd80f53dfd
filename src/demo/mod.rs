//! x
use crate::apk::signature::Keyring;
/// x
pub fn keyring() -> Keyring {
    Keyring::default()
}
/// x
pub fn file(_: &str) -> Option<&'static [u8]> {
    None
}
