//! The store on MongoDB, and blobs in GridFS.
