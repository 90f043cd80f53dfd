//! Why an image that is there cannot be used.

use crate::apk::arch::Arch;
use std::io;

/// An image that cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum InputError {
    /// It is no image, or a broken one.
    #[error("{image} is no image that can be read: {problem}")]
    NoImage {
        /// The archive, folder or reference.
        image: String,
        /// What is wrong with it.
        problem: String,
    },
    /// There is nothing in it for the architecture.
    #[error("{image} has nothing for {arch}")]
    NoArch {
        /// The archive, folder or reference.
        image: String,
        /// The one that was asked for.
        arch: Arch,
    },
    /// It holds images for several architectures.
    #[error("{image} holds {count} images")]
    Several {
        /// The archive, folder or reference.
        image: String,
        /// How many.
        count: usize,
    },
    /// It holds several images that differ by their names.
    #[error("{image} holds several images: {}", tags.join(", "))]
    SeveralNames {
        /// The archive or folder.
        image: String,
        /// Their tags.
        tags: Vec<String>,
    },
    /// A part of it is not what its digest says.
    #[error("{image} is damaged: {digest} has the digest {found}")]
    Damaged {
        /// The archive, folder or reference.
        image: String,
        /// What it should be.
        digest: String,
        /// What it is.
        found: String,
    },
}

impl InputError {
    /// What to do about it.
    pub fn help(&self) -> Option<String> {
        match self {
            InputError::Several { .. } => Some("choose one with --arch".to_owned()),
            InputError::NoImage { .. } => Some(
                "expected an OCI layout (a folder, or a tar of it) or what `docker save` writes"
                    .to_owned(),
            ),
            InputError::SeveralNames { image, tags } => {
                let tag = tags.first().map_or("TAG", String::as_str);
                Some(format!("name one of them, as in {image}:{tag}"))
            }
            _ => None,
        }
    }
}

/// Makes errors that name the image.
#[derive(Clone, Copy, Debug)]
pub(super) struct Blame<'a>(pub &'a str);

impl Blame<'_> {
    pub fn no_image(self, problem: impl Into<String>) -> InputError {
        InputError::NoImage {
            image: self.0.to_owned(),
            problem: problem.into(),
        }
    }

    pub fn failed(self, error: &io::Error) -> InputError {
        self.no_image(error.to_string())
    }
}
