// Completions of the command line, for the shells.
#include <algorithm>

#include "cli/help.hpp"
#include "cli/print/text.hpp"
#include "encode/read.hpp"
#include "options/completion.hpp"

namespace tickcache::cli {

using namespace encode;
namespace {

using options::Offers;

/// Only text without special characters for a shell: it comes from the exchange and becomes part of
/// a command.
void offer(Offers& offers, std::string_view word) {
  const bool plain = std::all_of(word.begin(), word.end(), [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '.' ||
           c == '_' || c == '-';
  });
  if (plain) offers.push_back({std::string(word)});
}

void offer_commands(Offers& offers) {
  for (const CommandSpec& command : command_table())
    offers.push_back({std::string(command.name), std::string(command.summary)});
}

/// Those of the symbol's candles that are kept.
void offer_intervals(Offers& offers, Reader& reader, const std::string& symbol) {
  const auto status = read_status(reader);
  if (!status) return;
  for (const auto& [of, interval] : candle_series(reader, *status)) {
    if (of == upper_case(symbol)) offer(offers, interval);
  }
}

/// What the command takes as its next word; `words` are those that it has.
Offers next_words(const CommandSpec& command, const std::vector<std::string>& words,
                  const std::string& segment) {
  Offers offers;
  if (words.size() >= command.max_words()) return offers;
  const auto forms = options::split(command.words);
  std::string form = forms[std::min(words.size(), forms.size() - 1)];
  std::erase_if(form, [](char c) { return c == '[' || c == ']'; });
  for (std::string word : options::split(form, '|')) {
    if (word.starts_with("SYMBOL")) {
      Reader reader(segment);
      for (const TickerRow& row : read_all(reader, {})) offer(offers, row.symbol);
    } else if (word == "INTERVAL") {
      Reader reader(segment);
      offer_intervals(offers, reader, words.front());
    } else if (word == "COMMAND") {
      offer_commands(offers);
    } else {
      offers.push_back({std::move(word)});
    }
  }
  return offers;
}

}  // namespace

std::string completions(const std::vector<std::string>& words) {
  const options::Cursor cursor = options::find_cursor(options::options_of(option_table()), words);
  Arguments arguments;
  for (const auto& [option, text, place] : cursor.before.arguments) {
    if (option == nullptr) {
      arguments.words.push_back(text);
    } else {
      // A value that is wrong will be refused when the line is run.
      static_cast<void>(options::find_named(option_table(), option->name)->parse(text, arguments));
    }
  }
  const bool named = !arguments.words.empty();
  const CommandSpec* command = named ? find_command(arguments.words.front()) : nullptr;
  if (named) arguments.words.erase(arguments.words.begin());

  Offers offers = option_offers(command ? command->options() : common_options(), cursor);
  if (offers.empty() && cursor.option == nullptr) {
    if (!named) offer_commands(offers);
    if (command) offers = next_words(*command, arguments.words, arguments.segment);
  }
  return answer(cursor, offers);
}

}  // namespace tickcache::cli
