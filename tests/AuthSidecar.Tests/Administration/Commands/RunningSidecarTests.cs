using System.Diagnostics;
using AuthSidecar.Access.Identities;
using AuthSidecar.Platform.Hashing;
using AuthSidecar.Tests.Access.Authentication;

namespace AuthSidecar.Tests.Administration.Commands;

/// <summary>A command takes effect in a running sidecar within a second; in real time, with the poller running.</summary>
public class RunningSidecarTests
{
    private static readonly TimeSpan _promise = TimeSpan.FromSeconds(1);

    [Fact]
    public async Task KeyIsCreatedAndRevoked_WithinASecond()
    {
        await using var fixture = await KeyFixture.StartInRealTimeAsync();
        var run = new CommandRunner("") { LoadSettings = _ => fixture.Settings };
        await run.JsonAsync("users", "create", "alice");
        var token = (await run.JsonAsync("keys", "create", "--user", "alice")).GetProperty("token").GetString()!;
        await AssertSoonAsync(fixture, token, null);

        await run.JsonAsync("keys", "revoke", KeyToken.IdOf(token));

        await AssertSoonAsync(fixture, token, AuthenticationFailure.RevokedKey);
    }

    [Fact]
    public async Task UserIsSuspendedAndReactivated_WithinASecond()
    {
        await using var fixture = await KeyFixture.StartInRealTimeAsync();
        var run = new CommandRunner("") { LoadSettings = _ => fixture.Settings };
        await run.JsonAsync("users", "create", "alice");
        var token = (await run.JsonAsync("keys", "create", "--user", "alice")).GetProperty("token").GetString()!;
        await AssertSoonAsync(fixture, token, null);

        await run.JsonAsync("users", "set", "alice", "--status", "suspended");
        await AssertSoonAsync(fixture, token, AuthenticationFailure.InactiveUser);

        await run.JsonAsync("users", "set", "alice", "--status", "active");
        await AssertSoonAsync(fixture, token, null);
    }

    [Fact]
    public async Task KeyIsRotated_WithinASecond()
    {
        await using var fixture = await KeyFixture.StartInRealTimeAsync();
        var run = new CommandRunner("") { LoadSettings = _ => fixture.Settings };
        await run.JsonAsync("users", "create", "alice");
        var old = (await run.JsonAsync("keys", "create", "--user", "alice")).GetProperty("token").GetString()!;
        await AssertSoonAsync(fixture, old, null);

        var rotated = (await run.JsonAsync("keys", "rotate", KeyToken.IdOf(old))).GetProperty("token").GetString()!;

        await AssertSoonAsync(fixture, old, AuthenticationFailure.ExpiredKey);
        await AssertSoonAsync(fixture, rotated, null);
    }

    private static async Task AssertSoonAsync(KeyFixture fixture, string token, AuthenticationFailure? expected)
    {
        var clock = Stopwatch.StartNew();
        while (true)
        {
            var result = await fixture.AuthenticateAsync(token);
            if (expected is null ? result.Identity is not null : result.Identity is null && result.Failure == expected)
            {
                return;
            }

            Assert.True(
                clock.Elapsed < _promise,
                $"After {clock.ElapsedMilliseconds} ms the answer is still {result.Identity?.KeyId ?? result.Failure.ToString()}."
            );
            await Task.Delay(5);
        }
    }
}
