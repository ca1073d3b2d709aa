#include "common/store/s3_limits.h"

#include <algorithm>

namespace walden {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr std::uint32_t kLeastBytesPerSecond = 10'000;
constexpr std::size_t kBytesPerMillisecondBehindProxies = 100;
constexpr milliseconds kLongestDownload = std::chrono::minutes(10);
constexpr milliseconds kBrief = seconds(5);
constexpr milliseconds kSlowAnswer = std::chrono::minutes(2);

milliseconds slow_answer(milliseconds patience) {
  return std::min(kSlowAnswer, 2 * patience);
}

milliseconds own_patience(const S3Request& request, milliseconds patience) {
  return request.brief ? std::min(patience, kBrief) : patience;
}

}  // namespace

milliseconds s3_time_for(std::size_t bytes) {
  return milliseconds(bytes * 1000 / kLeastBytesPerSecond);
}

milliseconds s3_patience(const S3Request& request, milliseconds patience) {
  return own_patience(request, patience) + (request.slow ? 2 * slow_answer(patience) : seconds(0));
}

HttpLimits s3_limits(const S3Request& request, milliseconds patience, int attempt,
                     milliseconds left) {
  patience = own_patience(request, patience);
  HttpLimits limits;
  // A proxy may take a body in at once, and pass it on slowly.
  const milliseconds behind_proxies(request.body.size() / kBytesPerMillisecondBehindProxies);
  const milliseconds first = std::clamp<milliseconds>(patience / 6, seconds(1), seconds(15)) +
                             std::min(behind_proxies, patience / 2);
  limits.first_byte = std::clamp(attempt * first, first, std::max(first, left));
  limits.stalled = std::clamp<milliseconds>(patience / 2, seconds(1), seconds(20));
  limits.connect = std::clamp<milliseconds>(patience / 3, seconds(1), seconds(5));
  limits.total = limits.connect + limits.first_byte + patience + s3_time_for(request.body.size());
  limits.least_speed = kLeastBytesPerSecond;
  if (request.slow) {
    limits.first_byte = limits.stalled = slow_answer(patience);
    limits.least_speed = 1;  // blanks keep the connection alive meanwhile
    limits.total += limits.first_byte;
  }
  if (request.download != nullptr) limits.total = kLongestDownload;
  // A page of a listing has a thousand entries of some hundred bytes, and names of up to 900.
  limits.body = 8U << 20U;
  return limits;
}

}  // namespace walden
