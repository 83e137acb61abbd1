//! The fuzzing engine (libFuzzer) with every target in it; which one runs says `FUZZ_TARGET`, and where its seeds are to
//! be written first says `FUZZ_SEEDS`. With `FUZZ_TARGET=list` it describes the targets. Started by `cargo hostile`.
#![cfg_attr(fuzzing, no_main)]

#[cfg(fuzzing)]
mod engine {
    use fuzz::Target;
    use std::sync::LazyLock;

    static TARGET: LazyLock<&Target> = LazyLock::new(|| {
        let name = std::env::var("FUZZ_TARGET").expect("FUZZ_TARGET names a target");
        fuzz::target(&name).expect("FUZZ_TARGET names one of the targets")
    });

    fn begin() {
        if std::env::var("FUZZ_TARGET").as_deref() == Ok("list") {
            println!("{}", fuzz::described());
            std::process::exit(0);
        }
        if let Some(folder) = std::env::var_os("FUZZ_SEEDS") {
            TARGET
                .write_seeds(folder.as_ref())
                .expect("the folder of the seeds can be written");
        }
    }

    libfuzzer_sys::fuzz_target!(init: begin(), |data: &[u8]| TARGET.run(data));

    // Every second change of a JSON document is one of its structure.
    libfuzzer_sys::fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
        let changed = (TARGET.json && seed.is_multiple_of(2))
            .then(|| fuzz::mutate::json(&data[..size], TARGET.head, u64::from(seed)))
            .flatten()
            .filter(|changed| changed.len() <= max_size);
        match changed {
            Some(changed) => {
                data[..changed.len()].copy_from_slice(&changed);
                changed.len()
            }
            None => libfuzzer_sys::fuzzer_mutate(data, size, max_size),
        }
    });
}

#[cfg(not(fuzzing))]
fn main() -> std::process::ExitCode {
    eprintln!("this program was built without the fuzzing engine: run `cargo hostile`");
    std::process::ExitCode::from(2)
}
