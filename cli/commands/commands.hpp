// The commands. All open the segment given by the arguments.
#pragma once

#include "cli/arguments.hpp"
#include "cli/exit_code.hpp"
#include "cli/print/output.hpp"

namespace tickcache::cli {

ExitCode run_get(const Arguments& arguments, Output& out);
ExitCode run_list(const Arguments& arguments, Output& out);
ExitCode run_orders(const Arguments& arguments, Output& out);
ExitCode run_portfolio(const Arguments& arguments, Output& out);
ExitCode run_candles(const Arguments& arguments, Output& out);
ExitCode run_stream(const Arguments& arguments, Output& out);
ExitCode run_status(const Arguments& arguments, Output& out);
ExitCode run_wait(const Arguments& arguments, Output& out);
ExitCode run_doctor(const Arguments& arguments, Output& out);
ExitCode run_metrics(const Arguments& arguments, Output& out);
ExitCode run_export(const Arguments& arguments, Output& out);
ExitCode run_watch(const Arguments& arguments, Output& out);
ExitCode run_help(const Arguments& arguments, Output& out);
ExitCode run_version(const Arguments& arguments, Output& out);

}  // namespace tickcache::cli
