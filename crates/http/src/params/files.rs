//! A file that came in a `multipart/form-data` body. What it holds is for others to judge.

use bytes::Bytes;

#[derive(Clone)]
pub struct File {
    /// The name of its parameter.
    pub field: String,
    /// As the client says.
    pub name: String,
    /// As the client says.
    pub content_type: Option<String>,
    pub bytes: Bytes,
}

impl std::fmt::Debug for File {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("File")
            .field("field", &self.field)
            .field("bytes", &self.bytes.len())
            .finish_non_exhaustive()
    }
}
