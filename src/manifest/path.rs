//! Paths inside the image.

/// Why a text is no path inside the image.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum PathError {
    /// It does not begin with `/`.
    #[error("must be an absolute path")]
    Relative,
    /// It has a `..`, which would be resolved by whatever the image holds there.
    #[error("must not contain \"..\"")]
    Parent,
    /// It has a control character, which neither tar readers nor apk's database take.
    #[error("must not contain control characters")]
    Control,
    /// It is too long.
    #[error("is longer than {MAX_PATH} bytes")]
    Long,
    /// A name in it is too long.
    #[error("has a name of more than {MAX_NAME} bytes")]
    LongName,
}

/// Linux's PATH_MAX, less the final NUL.
const MAX_PATH: usize = 4095;
/// NAME_MAX of nearly all file systems.
const MAX_NAME: usize = 255;

/// An absolute path in its one spelling: without `//`, `/./` and a final slash.
///
/// ```
/// use apkcompose::manifest::absolute_path;
/// assert_eq!(absolute_path("//srv/./www/").unwrap(), "/srv/www");
/// assert!(absolute_path("/srv/../etc").is_err());
/// ```
///
/// # Errors
/// When it is relative, has a `..` or what no file system would take.
pub fn absolute_path(text: &str) -> Result<String, PathError> {
    if !text.starts_with('/') {
        return Err(PathError::Relative);
    }
    if text.chars().any(char::is_control) {
        return Err(PathError::Control);
    }
    let mut path = String::with_capacity(text.len());
    for name in text.split('/') {
        match name {
            "" | "." => continue,
            ".." => return Err(PathError::Parent),
            _ if name.len() > MAX_NAME => return Err(PathError::LongName),
            _ => {
                path.push('/');
                path.push_str(name);
            }
        }
    }
    if path.len() > MAX_PATH {
        return Err(PathError::Long);
    }
    if path.is_empty() {
        path.push('/');
    }
    Ok(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_fault_has_its_error() {
        assert_eq!(absolute_path("/"), Ok("/".to_owned()));
        assert_eq!(absolute_path("etc/motd"), Err(PathError::Relative));
        assert_eq!(absolute_path(""), Err(PathError::Relative));
        assert_eq!(absolute_path("/etc/.."), Err(PathError::Parent));
        assert_eq!(absolute_path("/..a/b.."), Ok("/..a/b..".to_owned()));
        assert_eq!(absolute_path("/a\nb"), Err(PathError::Control));
        let long = format!("/{}", "a".repeat(256));
        assert_eq!(absolute_path(&long), Err(PathError::LongName));
        assert_eq!(absolute_path(&"/a".repeat(3000)), Err(PathError::Long));
    }
}
