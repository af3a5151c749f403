using AuthSidecar.Platform.Redis;
using AuthSidecar.Tests.Access.RateLimiting;
using AuthSidecar.Tests.Platform.Storage;
using Microsoft.Extensions.Time.Testing;

namespace AuthSidecar.Tests.Platform.Redis;

/// <summary>When a call is given up, and when the circuit opens.</summary>
public sealed class RedisCircuitBreakerTests : IAsyncLifetime, IDisposable
{
    private const string LateAnswers = "authsidecar_redis_late_answers_total{}";
    private static readonly TimeSpan _patience = TimeSpan.FromMilliseconds(50);

    private readonly FakeTimeProvider _time = new();
    private readonly RecordingLogger<RedisCircuitBreaker> _log = new();
    private readonly TestMetrics _metrics = new();
    private readonly RedisPulse _pulse = new();
    private readonly RedisHealth _health;
    private readonly RedisCircuitBreaker _breaker;

    public RedisCircuitBreakerTests()
    {
        _health = new(hasCredential: false, _time, _log, _metrics);
        _breaker = new([() => Task.CompletedTask], _time, _log, _patience, _health);
    }

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await _breaker.DisposeAsync();

    public void Dispose() => _metrics.Dispose();

    [Fact]
    public async Task SilentRedis_OpensTheCircuitAfterThreeTimeoutsInARow_AndIsLoggedOnce()
    {
        for (var late = 1; late <= 3; late++)
        {
            // Calls that wait at the same time are one piece of evidence.
            var calls = Enumerable.Range(0, 64).Select(_ => Wait(new())).ToArray();
            Advance();
            foreach (var call in calls)
            {
                await Assert.ThrowsAsync<LateAnswerException>(() => call);
            }

            Assert.Equal(late * 64, _metrics.Counts[LateAnswers]);
            Assert.Equal(late < 3, _breaker.IsAvailable);
            Assert.Equal(late < 3 ? null : "no answer in time", _health.Detail);
        }

        Assert.Contains("Redis unavailable (no answer in time)", Assert.Single(_log.Entries).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AnswerInTime_EndsTheRow()
    {
        for (var late = 0; late < 6; late++)
        {
            var call = Wait(new());
            Advance();
            await Assert.ThrowsAsync<LateAnswerException>(() => call);
            if (late % 2 == 1)
            {
                Assert.Equal(1, await _breaker.WaitAsync(Task.FromResult(1), _pulse));
            }
        }

        Assert.True(_breaker.IsAvailable);
        Assert.Empty(_log.Entries);
        Assert.Null(_health.Detail);
    }

    [Fact]
    public async Task CallIsAwaited_WhileRedisAnswersOthers()
    {
        var answer = new TaskCompletionSource<int>();
        var call = Wait(answer);
        for (var tick = 0; tick < 200; tick++)
        {
            // One in each tick, because the call begins its next timeout at any time.
            _pulse.CountAnswer();
            _time.Advance(_patience / 10);
            await Task.Yield();
            Assert.False(call.IsCompleted);
        }

        answer.SetResult(7);

        Assert.Equal(7, await call);
        Assert.False(_metrics.Counts.ContainsKey(LateAnswers));
    }

    [Fact]
    public async Task CallThatMayNotQueue_IsGivenUp_WithoutEvidence()
    {
        for (var late = 0; late < 5; late++)
        {
            var call = _breaker.WaitAsync(new TaskCompletionSource<int>().Task, _pulse, mayQueue: false);
            _pulse.CountAnswer();
            Advance();
            await Assert.ThrowsAsync<LateAnswerException>(() => call);
        }

        Assert.True(_breaker.IsAvailable);
    }

    [Fact]
    public void LateAnswer_DoesNotOpenTheCircuitAgain_AndALostConnectionDoesAtOnce()
    {
        _breaker.Trip(new LateAnswerException());
        Assert.True(_breaker.IsAvailable);

        _breaker.Trip(new System.Net.Sockets.SocketException());
        Assert.False(_breaker.IsAvailable);
    }

    private Task<int> Wait(TaskCompletionSource<int> answer) => _breaker.WaitAsync(answer.Task, _pulse);

    private void Advance()
    {
        for (var tick = 0; tick <= 10; tick++)
        {
            _time.Advance(_patience / 10);
        }
    }
}
