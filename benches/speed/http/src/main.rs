//! ```sh
//! cargo run --release -p bench-http              # what guards add
//! cargo run --release -p bench-http -- workers   # one worker and two
//! cargo run --release -p bench-http -- memory    # a million different tokens
//! ```

#![forbid(unsafe_code)]

use bench_common::table;
use bench_http::{Options, Result};
use clap::{Parser, ValueEnum};

/// Measures what a guard adds to a request. Progress goes to standard error, Markdown tables to standard output.
#[derive(Parser)]
struct Arguments {
    #[arg(value_enum, default_value_t = What::Guards)]
    what: What,

    #[command(flatten)]
    options: Options,
}

#[derive(Clone, Copy, ValueEnum)]
enum What {
    /// Measures what guards add to a request.
    Guards,
    /// Measures requests per second with one worker and with two.
    Workers,
    /// Measures the memory of a server that receives many different tokens.
    Memory,
}

fn main() -> Result<()> {
    bench_http::serve_if_asked()?;
    let Arguments { what, options } = Arguments::parse();
    let outcome = match what {
        What::Guards => bench_http::run(&options)?,
        What::Workers => bench_http::workers(&options)?,
        What::Memory => bench_http::memory(&options)?,
    };
    print!("{}", bench_http::machine()?);
    if let Some(flask) = outcome.flask {
        println!("{flask}\n");
    }
    println!("{}\n{}", outcome.text, table::markdown(&outcome.rows));
    Ok(())
}
