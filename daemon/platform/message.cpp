#include "daemon/platform/message.hpp"

#include <cstring>

namespace tickcache::daemon {

namespace {

// In place: strings need no stack, so the stack's size depends on the depth alone.
// Numbers stay text: a double would round them.
constexpr unsigned kParseFlags = rapidjson::kParseInsituFlag | rapidjson::kParseIterativeFlag |
                                 rapidjson::kParseNumbersAsStringsFlag |
                                 rapidjson::kParseValidateEncodingFlag;

// RapidJSON pushes two numbers for each open object or array, before it asks the handler.
constexpr std::size_t kStackBytes = (Message::kMaxDepth + 1) * 2 * sizeof(rapidjson::SizeType);

// A UTF-8 character that the end of the message cuts is read up to three bytes past that end.
constexpr std::size_t kPadding = 8;

/// Whether decoded text holds half of a surrogate pair. Written directly it is no valid UTF-8,
/// but RapidJSON 1.1 lets the escape of a lone second half ("\udc00") through.
bool has_surrogate(std::string_view text) noexcept {
  for (std::size_t at = text.find('\xED'); at != std::string_view::npos;
       at = text.find('\xED', at + 1)) {
    if (at + 1 < text.size() && static_cast<unsigned char>(text[at + 1]) >= 0xA0) return true;
  }
  return false;
}

Counter reason(rapidjson::ParseErrorCode code) noexcept {
  const bool is_encoding = code == rapidjson::kParseErrorStringInvalidEncoding ||
                           code == rapidjson::kParseErrorStringUnicodeSurrogateInvalid;
  return is_encoding ? Counter::rejected_encoding : Counter::rejected_json;
}

}  // namespace

/// What RapidJSON calls for every token. Returning false ends the parsing.
class Message::Handler : public rapidjson::BaseReaderHandler<rapidjson::UTF8<>, Handler> {
 public:
  Handler(Message& message, std::string_view text, rapidjson::InsituStringStream& stream,
          bool has_escapes) noexcept
      : message_(message), text_(text), stream_(stream), has_escapes_(has_escapes) {}

  /// Why a function returned false.
  [[nodiscard]] Counter why() const noexcept { return why_; }

  bool Default() noexcept { return keep({}); }  // null, which counts as absent
  bool Bool(bool truth) noexcept { return keep({Value::Kind::boolean, truth, {}}); }
  bool RawNumber(const char* text, rapidjson::SizeType size, bool) noexcept {
    return keep({Value::Kind::number, false, {text, size}});
  }
  bool String(const char* text, rapidjson::SizeType size, bool) noexcept {
    const std::string_view decoded(text, size);
    if (has_escapes_ && has_surrogate(decoded)) return fail(Counter::rejected_encoding);
    return keep({Value::Kind::string, false, decoded});
  }

  bool Key(const char* text, rapidjson::SizeType size, bool) noexcept {
    const std::string_view name(text, size);
    if (has_escapes_ && has_surrogate(name)) return fail(Counter::rejected_encoding);
    if (!scope_) return true;
    member_ = member_named(name);
    if (member_ == Member::none || scope_->claim(member_)) return true;
    return fail(Counter::rejected_duplicate);
  }

  bool StartObject() noexcept {
    const bool opens_data = scope_ == &message_.top_ && member_ == Member::data;
    if (!open()) return false;
    if (depth_ == 1) {
      scope_ = &message_.top_;
      begin_top_ = stream_.Tell();
    } else if (opens_data) {
      scope_ = &message_.data_;
      message_.enveloped_ = true;
      in_data_ = true;
      begin_data_ = stream_.Tell();
    }
    return true;
  }

  bool EndObject(rapidjson::SizeType) noexcept {
    if (scope_ == &message_.data_) {
      message_.body_text_ = text_from(begin_data_);
      in_data_ = false;
    } else if (scope_ == &message_.top_ && !message_.enveloped_) {
      message_.body_text_ = text_from(begin_top_);
    }
    return close();
  }

  bool StartArray() noexcept { return depth_ == 0 ? fail(Counter::rejected_json) : open(); }
  bool EndArray(rapidjson::SizeType) noexcept { return close(); }

 private:
  bool fail(Counter why) noexcept {
    why_ = why;
    return false;
  }

  bool keep(const Value& value) noexcept {
    if (depth_ == 0) return fail(Counter::rejected_json);
    if (scope_ && member_ != Member::none) scope_->set(member_, value);
    return true;
  }

  /// Enters an object or array. What it holds is not read, unless StartObject says so.
  bool open() noexcept {
    if (depth_ == kMaxDepth) return fail(Counter::rejected_json);
    if (depth_ > 0) keep({Value::Kind::compound, false, {}});
    ++depth_;
    scope_ = nullptr;
    return true;
  }

  bool close() noexcept {
    --depth_;
    // Only the outermost object and "data" in it are read.
    scope_ = depth_ == 1 ? &message_.top_ : depth_ == 2 && in_data_ ? &message_.data_ : nullptr;
    return true;
  }

  /// From `begin` up to and with the bracket that the stream is at.
  [[nodiscard]] std::string_view text_from(std::size_t begin) const noexcept {
    return text_.substr(begin, stream_.Tell() + 1 - begin);
  }

  Message& message_;
  std::string_view text_;
  rapidjson::InsituStringStream& stream_;
  const bool has_escapes_;
  std::size_t depth_ = 0;
  Members* scope_ = nullptr;      ///< the object whose members are kept; null: none here
  Member member_ = Member::none;  ///< whose value comes next, if scope_
  bool in_data_ = false;          ///< inside of "data", at any depth
  std::size_t begin_top_ = 0;
  std::size_t begin_data_ = 0;
  Counter why_ = Counter::rejected_json;
};

Message::Message(std::size_t max_size)
    : max_size_(max_size),
      buffer_(std::make_unique_for_overwrite<char[]>(max_size + kPadding)),
      reader_(nullptr, kStackBytes) {
  // RapidJSON allocates its stack when it first pushes something: let that be now.
  read("{}");
}

std::optional<Counter> Message::read(std::string_view text) noexcept {
  // RapidJSON takes a NUL for the end.
  if (text.size() > max_size_ || text.find('\0') != std::string_view::npos) {
    return Counter::rejected_json;
  }
  if (!text.empty()) std::memcpy(buffer_.get(), text.data(), text.size());
  std::memset(buffer_.get() + text.size(), 0, kPadding);
  top_.clear();
  data_.clear();
  enveloped_ = false;

  rapidjson::InsituStringStream stream(buffer_.get());
  Handler handler(*this, text, stream, text.find('\\') != std::string_view::npos);
  const rapidjson::ParseResult result = reader_.Parse<kParseFlags>(stream, handler);
  if (!result.IsError()) return std::nullopt;
  if (result.Code() == rapidjson::kParseErrorTermination) return handler.why();
  return reason(result.Code());
}

}  // namespace tickcache::daemon
