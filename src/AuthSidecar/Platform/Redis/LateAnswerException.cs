namespace AuthSidecar.Platform.Redis;

/// <summary>Redis did not answer one call in time. Concerns that call alone: Redis may be available, and may still execute it.</summary>
internal sealed class LateAnswerException() : TimeoutException("Redis did not answer in time.");
