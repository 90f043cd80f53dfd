//! Why there can be no box, and how there could be one.

use std::fs;

/// What stands in the way of namespaces on this machine, as far as it says so itself.
pub fn help() -> String {
    let setting = |path: &str| fs::read_to_string(format!("/proc/sys/{path}")).ok();
    advice(&setting)
}

fn advice(setting: &dyn Fn(&str) -> Option<String>) -> String {
    let is = |path: &str, value: &str| setting(path).is_some_and(|s| s.trim() == value);
    let mut found = Vec::new();
    if is("kernel/unprivileged_userns_clone", "0") {
        found.push(
            "user namespaces are switched off: sysctl -w kernel.unprivileged_userns_clone=1 \
             allows them",
        );
    }
    if is("user/max_user_namespaces", "0") {
        found.push(
            "no user namespaces may be made: sysctl -w user.max_user_namespaces=10000 allows them",
        );
    }
    if is("kernel/apparmor_restrict_unprivileged_userns", "1") {
        found.push(
            "AppArmor restricts user namespaces: sysctl -w \
             kernel.apparmor_restrict_unprivileged_userns=0 allows them, or a profile for this \
             program does",
        );
    }
    if found.is_empty() {
        found.push(
            "user namespaces are needed; in a container its seccomp profile forbids them most \
             often (docker run --security-opt seccomp=unconfined), and as root a chroot does",
        );
    }
    format!(
        "{}; the package uidmap (newuidmap) and a line in /etc/subuid give other users' files \
         their owners; or build without scripts: --scripts skip",
        found.join("; ")
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_switched_off_is_named() {
        let all = |path: &str| match path {
            "user/max_user_namespaces" => Some("0\n".to_owned()),
            "kernel/apparmor_restrict_unprivileged_userns" => Some("1\n".to_owned()),
            _ => None,
        };
        let text = advice(&all);
        for part in [
            "user.max_user_namespaces",
            "apparmor_restrict",
            "uidmap",
            "--scripts skip",
        ] {
            assert!(text.contains(part), "{text}");
        }
        assert!(!text.contains("userns_clone"), "{text}");
        assert!(advice(&|_| None).contains("container"));
    }
}
