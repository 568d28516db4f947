// The API key: where it may come from, and that it goes nowhere else. And reading again.
#include <type_traits>

#include "options/text.hpp"
#include "tests/daemon/config/config_fixture.hpp"

namespace tickcache::daemon {
namespace {

using Lines = std::vector<std::string>;

template <typename T>
concept Printable = requires(std::ostream& out, const T& value) {
  out << value;
};
static_assert(!Printable<ApiKey>);
static_assert(!std::is_convertible_v<ApiKey, std::string_view>);

bool mentions(const Loaded& loaded, const std::string& secret) {
  std::string all;
  for (const auto& line : loaded.errors) all += line + "\n";
  for (const auto& line : loaded.warnings) all += line + "\n";
  if (loaded.config) all += describe(*loaded.config);
  return has(all, secret);
}

TEST_CASE("a key's bytes are wiped with it") {
  alignas(ApiKey) unsigned char memory[sizeof(ApiKey)];
  auto* key = new (memory) ApiKey(kKey);
  CHECK(key->reveal() == kKey);
  key->~ApiKey();
  // volatile: the object is gone, and the compiler might else say that its bytes are anything.
  const volatile unsigned char* bytes = memory;
  bool wiped = true;
  for (std::size_t i = 0; i < ApiKey::kMaxSize; ++i) wiped = wiped && bytes[i] == 0;
  CHECK(wiped);

  std::string text = kKey;
  wipe(text);
  CHECK(text.empty());
}

TEST_CASE("a shorter key leaves nothing of a longer one") {
  ApiKey key("ak_long_long_long");
  key = ApiKey("ak_s");
  CHECK(key.reveal() == "ak_s");
  CHECK(key.reveal().data()[5] == '\0');
  CHECK(key == ApiKey("ak_s"));
  CHECK_FALSE(key == ApiKey("ak_t"));
  CHECK(ApiKey().empty());
}

TEST_CASE("file over credential over environment") {
  Fixture f;
  CHECK(f.config().api_key == ApiKey(kKey));

  f.environment["CREDENTIALS_DIRECTORY"] = f.directory.path("");
  CHECK(f.config().api_key_source == ApiKeySource::environment);  // no such credential

  const std::string credential = f.directory.write("api_key", "ak_credential\n", 0400);
  Config config = f.config();
  CHECK(config.api_key == ApiKey("ak_credential"));
  CHECK(config.api_key_source == ApiKeySource::credential);
  CHECK(has(describe(config), "api-key-file = (from systemd credential api_key, set)\n"));

  const std::string file = f.directory.write("key", "ak_file\n");
  f.write_file("api-key-file = " + file + "\n");
  config = f.config();
  CHECK(config.api_key == ApiKey("ak_file"));
  CHECK(config.api_key_source == ApiKeySource::file);
  CHECK(has(describe(config), "api-key-file = (from file " + file + ", set)\n"));
}

TEST_CASE("fault 45: the key leaves the environment, used or not") {
  Fixture f;
  Config config = f.config();
  CHECK(config.api_key == ApiKey(kKey));
  CHECK(f.forgotten == Lines{"AGENTEXCHANGE_API_KEY"});
  CHECK(has(describe(config), "api-key-file = (from environment AGENTEXCHANGE_API_KEY, set)\n"));

  Fixture g;
  g.arguments = {"--api-key-file=" + g.directory.write("key", "ak_file")};
  CHECK(g.config().api_key == ApiKey("ak_file"));
  CHECK(g.forgotten == Lines{"AGENTEXCHANGE_API_KEY"});
}

TEST_CASE("forgetting wipes the bytes of the process's environment") {
  ::setenv("AGENTEXCHANGE_API_KEY", kKey, 1);
  const char* bytes = std::getenv("AGENTEXCHANGE_API_KEY");
  const char* const arguments[] = {"tickcached", "--help"};
  const Inputs inputs = process_inputs(2, arguments);
  CHECK(inputs.arguments == Lines{"--help"});
  CHECK(inputs.environment("AGENTEXCHANGE_API_KEY") == std::string(kKey));
  CHECK(inputs.default_file == "/etc/tickcache/tickcached.conf");
  inputs.forget("AGENTEXCHANGE_API_KEY");
  CHECK(bytes[0] == '\0');
  CHECK(bytes[5] == '\0');
  CHECK(std::getenv("AGENTEXCHANGE_API_KEY") == nullptr);
  CHECK_FALSE(inputs.environment("AGENTEXCHANGE_API_KEY").has_value());
  inputs.forget("AGENTEXCHANGE_API_KEY");
}

TEST_CASE("no key: the error says the three ways to give one") {
  Fixture f;
  f.environment["AGENTEXCHANGE_API_KEY"] = "";
  const std::string error = f.error();
  CHECK(has(error, "--api-key-file"));
  CHECK(has(error, "LoadCredential=api_key"));
  CHECK(has(error, "AGENTEXCHANGE_API_KEY"));
}

TEST_CASE("what a key's file may hold") {
  Fixture f;
  const auto read = [&](const std::string& content) {
    return read_api_key_file(f.directory.write("key", content));
  };
  CHECK(read("ak_x").key == ApiKey("ak_x"));
  CHECK(read("ak_x\n").key == ApiKey("ak_x"));
  CHECK(read("ak_x\r\n").key == ApiKey("ak_x"));
  CHECK(read(std::string(512, 'k')).key.reveal().size() == 512);
  CHECK(read(std::string(512, 'k') + "\r\n").key.reveal().size() == 512);

  struct Row {
    std::string content;
    const char* problem;
  };
  for (const Row& row : {
           Row{"", "is empty"},
           Row{"\n", "is empty"},
           Row{"secret-a\nsecret-b\n", "more than one line"},
           Row{"secret-a\n\n", "more than one line"},
           Row{std::string(513, 'k'), "longer than 512 bytes"},
           Row{std::string(9999, 'k'), "longer than 512 bytes"},
           Row{" secret-a", "holds blanks"},
           Row{"secret-a\t", "holds blanks"},
           Row{"secret-\xc3\xa4", "holds blanks"},
           Row{std::string("secret-a\0", 9), "holds blanks"},
       }) {
    CAPTURE(row.content.size());
    const ApiKeyFile file = read(row.content);
    CHECK(has(file.problem, row.problem));
    CHECK_FALSE(has(file.problem, "secret"));
    CHECK(file.key.empty());
  }
}

TEST_CASE("what a key's file may be") {
  Fixture f;
  CHECK(has(read_api_key_file(f.directory.path("missing")).problem, "No such file"));
  CHECK(has(read_api_key_file(f.directory.path("")).problem, "neither a regular file nor a FIFO"));
  CHECK(has(read_api_key_file("/dev/null").problem, "neither a regular file nor a FIFO"));

  const std::string fifo = f.directory.path("fifo");
  REQUIRE(::mkfifo(fifo.c_str(), 0600) == 0);
  CHECK(has(read_api_key_file(fifo).problem, "is empty"));  // nobody writes: not waited for

  int ends[2] = {};  // as from a shell's <(command)
  REQUIRE(::pipe(ends) == 0);
  const std::string pipe = "/dev/fd/" + std::to_string(ends[0]);
  REQUIRE(::write(ends[1], "ak_pipe\n", 8) == 8);
  CHECK(has(read_api_key_file(pipe, std::chrono::milliseconds(1)).problem, "nothing was written"));
  REQUIRE(::write(ends[1], "ak_pipe\n", 8) == 8);
  ::close(ends[1]);
  CHECK(read_api_key_file(pipe).key == ApiKey("ak_pipe"));
  ::close(ends[0]);

  CHECK(has(read_api_key_file(f.directory.write("open", "ak_x", 0644)).warning, "every user"));
  CHECK(read_api_key_file(f.directory.write("group", "ak_x", 0640)).warning.empty());
}

TEST_CASE("a key's errors and warnings name their input") {
  Fixture f;
  const std::string open = f.directory.write("open", "ak_x\n", 0604);
  f.arguments = {"--api-key-file=" + open};
  Loaded loaded = f.load_all();
  CHECK(loaded.errors.empty());
  CHECK(loaded.warnings == Lines{"command line: api-key-file: '" + open +
                                 "': can be read by every user of this machine; chmod o-r it"});

  const std::string empty = f.directory.write("empty", "\n");
  f.arguments.clear();
  f.write_file("\napi-key-file = " + empty + "\n");
  CHECK(f.error() ==
        f.file + ":2: api-key-file: '" + empty + "': is empty; it must hold the API key");

  Fixture g;
  const std::string credential = g.directory.write("api_key", "");
  g.environment["CREDENTIALS_DIRECTORY"] = credential.substr(0, credential.rfind('/'));
  CHECK(g.error() ==
        "systemd credential api_key: '" + credential + "': is empty; it must hold the API key");

  Fixture h;
  h.environment["AGENTEXCHANGE_API_KEY"] = "two words";
  CHECK(h.error() ==
        "environment variable AGENTEXCHANGE_API_KEY: holds blanks or bytes that are not printable "
        "ASCII; an API key has none");

  Fixture i;
  i.environment["AGENTEXCHANGE_API_KEY"] = "another-kind";
  loaded = i.load_all();
  CHECK(loaded.config.has_value());
  REQUIRE(loaded.warnings.size() == 1);
  CHECK(has(loaded.warnings.front(), "does not begin with 'ak_'"));
  CHECK_FALSE(mentions(loaded, "another-kind"));
}

TEST_CASE("a key goes over ws:// only within the machine") {
  for (const char* url : {"ws://localhost", "ws://127.9.9.9:1", "ws://[::1]:8000",
                          "wss://exchange.example", "wss://10.0.0.1"}) {
    Fixture f;
    f.arguments = {std::string("--url=") + url};
    CHECK_FALSE(f.config().api_key.empty());
  }
  for (const char* url : {"ws://exchange.example", "ws://10.0.0.1", "ws://[2001:db8::1]"}) {
    Fixture f;
    f.environment["AGENTEXCHANGE_WS_URL"] = url;
    const std::string error = f.error();
    CHECK(error.starts_with("environment variable AGENTEXCHANGE_WS_URL: url: "));
    CHECK(has(error, "allow-insecure"));
    f.arguments = {"--allow-insecure"};
    CHECK(f.config().allow_insecure);
  }
}

TEST_CASE("requests go over http:// only within the machine") {
  for (const char* url : {"http://localhost", "http://127.9.9.9:1/api", "http://[::1]:8000",
                          "https://exchange.example", "https://10.0.0.1"}) {
    Fixture f;
    f.arguments = {std::string("--rest-url=") + url};
    CHECK(f.config().rest_url);
  }
  for (const char* url : {"http://exchange.example", "http://10.0.0.1", "http://[2001:db8::1]"}) {
    Fixture f;
    f.arguments = {std::string("--rest-url=") + url};
    CHECK(has(f.error(), "allow-insecure"));
    f.arguments.emplace_back("--allow-insecure");
    CHECK(f.config().rest_url);
  }
}

// Every place that a user might put the key by mistake, with a key that nothing gives away.
TEST_CASE("fault 45: no output has the key, wherever it was put") {
  for (const std::string key : {"ak_live_Sup3rS3cret", "Sup3rS3cretKey"}) {
    for (const char* before : {"",
                               "--api-key=",
                               "--api-key-file=",
                               "--api_key ",
                               "--url=",
                               "--url=wss://a.example/?api_key=",
                               "--url=wss://",
                               "--symbols=",
                               "--symbols=A,b:",
                               "--candles=",
                               "--config=",
                               "--config ",
                               "--metrics-listen=",
                               "--log-level=",
                               "--segment=.",
                               "--tape=",
                               "--",
                               "--url=wss://a.example/",
                               "--ca-file=",
                               "-k",
                               "--orders "}) {
      CAPTURE(before);
      Fixture f;
      f.environment["AGENTEXCHANGE_API_KEY"] = key;
      const std::string text = before + key;
      const std::size_t blank = text.find(' ');
      f.arguments = {text.substr(0, blank)};
      if (blank != text.npos) f.arguments.push_back(text.substr(blank + 1));
      const Loaded loaded = f.load_all();
      CHECK_FALSE(loaded.config.has_value());
      CHECK_FALSE(mentions(loaded, key));
      CHECK_FALSE(mentions(loaded, "Sup3r"));
    }
    for (const char* before : {"", "api-key = ", "api-key-file = ", "url = wss://user:",
                               "url = wss://a.example?k=", "symbols = a:", "ca-file = /"}) {
      CAPTURE(before);
      Fixture f;
      f.write_file(before + key + (has(before, "user") ? "@a.example\n" : "\n"));
      f.environment["CREDENTIALS_DIRECTORY"] = f.directory.path("");
      static_cast<void>(f.directory.write("api_key", key));
      const Loaded loaded = f.load_all();
      CHECK_FALSE(loaded.config.has_value());
      CHECK_FALSE(mentions(loaded, "Sup3r"));
    }
  }
}

TEST_CASE("nor a key of the environment that a file goes before") {
  Fixture f;
  f.environment["AGENTEXCHANGE_API_KEY"] = "Sup3rS3cretKey";
  f.arguments = {"--api-key-file=" + f.directory.write("key", "ak_file"),
                 "--url=wss://a.example/Sup3rS3cretKey", "--Sup3rS3cretKey"};
  const Loaded loaded = f.load_all();
  CHECK(loaded.errors.size() == 2);
  CHECK_FALSE(mentions(loaded, "Sup3r"));
}

TEST_CASE("a quoted value hides what may be a key, and stays on its line") {
  CHECK(options::quoted("plain") == "'plain'");
  CHECK(options::quoted("x ak_live_secret, AK_LIVE_OTHER y") == "'x ak_…, ak_… y'");
  CHECK(options::quoted("wss://user:secret@a.example/x") == "'wss://…'");
  CHECK(options::quoted("secret@a.example") == "'…'");
  CHECK(options::quoted("wss://a.example/x?key=secret") == "'wss://a.example/x?…'");
  CHECK(options::quoted("wss://a.example#secret") == "'wss://a.example#…'");
  CHECK(options::quoted("a\nb\x7f") == "'a\\nb\\x7f'");
  CHECK(options::quoted(std::string(1000, 'x')).size() < 100);
}

TEST_CASE("reading again takes what has changed") {
  Fixture f;
  f.write_file("symbols = BTCUSDT\n");
  const Config running = f.config();
  f.environment.clear();  // as `forget` does
  f.write_file(
      "symbols = ETHUSDT\norders = off\nlog-level = debug\nbackoff-min = 2\njitter = 0.1\n");
  const Loaded again = reload(f.inputs(), running);
  REQUIRE(again.config.has_value());
  CHECK(again.config->symbols == Symbols{false, {"ETHUSDT"}});
  CHECK(again.config->api_key == ApiKey(kKey));
  CHECK(again.config->api_key_source == ApiKeySource::environment);
  CHECK(changed_restart_only(running, *again.config).empty());
}

TEST_CASE("reading again with an error gives errors, and no Config") {
  Fixture f;
  const Config running = f.config();
  f.write_file("tape = 3\nsymbol = x\n");
  const Loaded again = reload(f.inputs(), running);
  CHECK_FALSE(again.config.has_value());
  CHECK(again.errors.size() == 2);
}

TEST_CASE("a key that came from a file is not kept when the file is gone") {
  Fixture f;
  const std::string file = f.directory.write("key", "ak_file");
  f.arguments = {"--api-key-file=" + file};
  const Config running = f.config();
  f.environment.clear();
  REQUIRE(::unlink(file.c_str()) == 0);
  CHECK(has(reload(f.inputs(), running).errors.front(), "cannot be opened"));
  f.arguments.clear();
  CHECK(has(reload(f.inputs(), running).errors.front(), "no API key"));
}

TEST_CASE("a key that came from a pipe is kept: nobody writes it a second time") {
  Fixture f;
  f.environment.clear();
  const FilledPipe pipe("ak_pipe\n");
  f.arguments = {"--api-key-file=" + pipe.path(), "--symbols=BTCUSDT"};
  const Config running = f.config();
  CHECK(running.api_key == ApiKey("ak_pipe"));

  f.arguments = {"--api-key-file=" + pipe.path(), "--symbols=ETHUSDT"};
  const Loaded again = reload(f.inputs(), running);
  REQUIRE(again.config.has_value());
  CHECK(again.warnings.empty());
  CHECK(again.config->api_key == ApiKey("ak_pipe"));
  CHECK(again.config->symbols.names == Lines{"ETHUSDT"});
  CHECK(changed_restart_only(running, *again.config).empty());

  // Another pipe is not read either, but that is said.
  const std::string other = f.directory.path("other");
  REQUIRE(::mkfifo(other.c_str(), 0600) == 0);
  f.arguments = {"--api-key-file=" + other};
  const Loaded with_other = reload(f.inputs(), running);
  REQUIRE(with_other.config.has_value());
  CHECK(with_other.config->api_key == ApiKey("ak_pipe"));
  REQUIRE(with_other.warnings.size() == 1);
  CHECK(has(with_other.warnings[0], "can be read only when tickcached starts"));
}

TEST_CASE("the key is taken out of any text, also where it was cut") {
  const ApiKey key("ak_secret");
  CHECK(without_key("bad key ak_secret, ak_secret!", key) == "bad key ***, ***!");
  CHECK(without_key("bad key ak_sec", key) == "bad key ***");
  CHECK(without_key("bad key ak_", key) == "bad key ak_");
  CHECK(without_key("one\nWATCHDOG=1\x7f", key) == "one\\nWATCHDOG=1\\x7f");
  CHECK(without_key("ak_secret", ApiKey()) == "ak_secret");
  CHECK(without_key("100% of ak_, at C:\\u0061", ApiKey("ak_x")) == "100% of ak_, at C:\\u0061");
}

TEST_CASE("the key is taken out of any text in whatever form it is there") {
  const ApiKey key("ak_s/cret");
  CHECK(hide_key("a ak_s/cret b", key) == "a *** b");
  CHECK(hide_key("GET /?k=ak_s%2Fcret&x", key) == "GET /?k=***&x");
  CHECK(hide_key("%61%6b%5F%73%2f%63%72%65%74", key) == "***");
  CHECK(hide_key("%2561%256b%255F%25252573/cret.", key) == "***.");
  CHECK(hide_key(R"(\u0061k_s\u002fcret)", key) == "***");
  CHECK(hide_key(R"(ak_s\/cret)", key) == "***");
  CHECK(hide_key(R"(ak_s\\\/cret\\u0061)", key) == R"(***\\u0061)");
  CHECK(hide_key(R"(\\u0061k\\\\u005fs\u00252fcret)", key) == "***");
  CHECK(hide_key("ak_ak_s/cret", key) == "ak_***");
  for (const char* other : {"ak_s/cre", "ak_s%2cret", "%6", "%", "\\", "\\u00", "%2525", ""}) {
    CAPTURE(other);
    CHECK(hide_key(other, key) == other);
    CHECK_FALSE(has_key(other, key));
  }
  CHECK(has_key("x%61k_s/crety", key));
  for (const char* part : {"\\", "%25", "%", "25", "\\u0025", "ak_"}) {  // in linear time
    CAPTURE(part);
    std::string long_text = "%25";
    while (long_text.size() < std::size_t{1} << 20) long_text += part;
    CHECK(hide_key(long_text, key) == long_text);
  }
}

TEST_CASE("what needs a restart is named") {
  Fixture f;
  const Config old = f.config();
  f.arguments = {"--url=wss://a.example",
                 "--segment=other",
                 "--segment-mode=0600",
                 "--max-symbols=10",
                 "--tape=1024",
                 "--silence-after=31",
                 "--busy-poll",
                 "--cpu-affinity=0",
                 "--idle-timeout=41",
                 "--metrics-listen=[::1]:1",
                 "--symbols=none",
                 "--orders=no",
                 "--auth-grace=0",
                 "--stable-after=1",
                 "--backoff-max=61",
                 "--portfolio=no",
                 "--candles=all:1h",
                 "--candles-from=ticks",
                 "--candle-series=65",
                 "--ca-file=" + f.directory.write("ca.pem", "-----BEGIN CERTIFICATE-----"),
                 "--api-key-file=" + f.directory.write("key", "ak_file")};
  CHECK(changed_restart_only(old, f.config()) ==
        Lines{"url", "ca-file", "candles-from", "segment", "segment-mode", "max-symbols", "tape",
              "candle-series", "silence-after", "busy-poll", "cpu-affinity", "metrics-listen",
              "api key"});
  CHECK(changed_restart_only(old, old).empty());
  // The same key from another place is the same key.
  f.arguments = {"--api-key-file=" + f.directory.write("same", kKey)};
  CHECK(changed_restart_only(old, f.config()).empty());
}

}  // namespace
}  // namespace tickcache::daemon
