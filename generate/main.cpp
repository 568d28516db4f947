// generate FORM PROGRAM SKELETON: prints the skeleton with its blanks filled in from the tables of
// the program, tickcache or tickcached. FORM is bash, zsh, fish or manual.
#include <cstdio>
#include <exception>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string_view>

#include "generate/manual.hpp"
#include "generate/program.hpp"

namespace {

using namespace tickcache::generate;

std::string content_of(const char* path) {
  std::ifstream file(path);
  if (!file) throw std::runtime_error(std::string("cannot read ") + path);
  return {std::istreambuf_iterator<char>(file), {}};
}

Blanks blanks_for(std::string_view form, const Program& program) {
  if (form == "bash") return bash(program);
  if (form == "zsh") return zsh(program);
  if (form == "fish") return fish(program);
  if (form == "manual") return program.commands.empty() ? daemon_manual() : client_manual();
  throw std::runtime_error("unknown form " + std::string(form));
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) return 2;
  try {
    const Program program = std::string_view(argv[2]) == "tickcache" ? client() : daemon();
    Blanks blanks = blanks_for(argv[1], program);
    blanks["NAME"] = program.name;
    const std::string text = filled(content_of(argv[3]), blanks, !program.commands.empty());
    return std::fwrite(text.data(), 1, text.size(), stdout) == text.size() ? 0 : 1;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "generate: %s\n", error.what());
    return 1;
  }
}
