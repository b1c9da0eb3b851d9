//! Finds the built web client and the built admin panel. Where one was not built (no npm), a page that says so takes
//! its place, so that the server builds and its API works without it.

use std::{
    env, fs,
    path::{Path, PathBuf},
};

fn main() {
    let here = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").expect("cargo sets it"));
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets it"));
    offer("SOCIOSPHERE_WEB_DIST", "web client", &here.join("../../web/dist"), &out.join("web"));
    offer(
        "SOCIOSPHERE_ADMIN_DIST",
        "admin panel",
        &here.join("../../admin/dist"),
        &out.join("admin"),
    );
}

/// Names the folder that is embedded: the built one, or another with a page that says that it is missing.
fn offer(variable: &str, what: &str, built: &Path, other: &Path) {
    println!("cargo::rerun-if-changed={}", built.display());
    println!("cargo::rerun-if-changed={}", built.join("index.html").display());
    let folder = if built.join("index.html").is_file() {
        built
    } else {
        let page = format!(
            "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>SocioSphere</title>\
             <p>The {what} was not built. Run <code>make web</code> and build again; the API is here already.</p></html>\n"
        );
        fs::create_dir_all(other).expect("the build's own folder can be written");
        fs::write(other.join("index.html"), page).expect("the build's own folder can be written");
        other
    };
    println!("cargo::rustc-env={variable}={}", folder.display());
}
