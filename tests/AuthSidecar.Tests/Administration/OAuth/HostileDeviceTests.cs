namespace AuthSidecar.Tests.Administration.OAuth;

/// <summary>Guesses across sessions, and bodies that no reader understands.</summary>
public sealed class HostileDeviceTests
{
    /// <summary>A person who logs in anew has no new guesses: at most 48 in the life of a code (RFC 8628, 5.1).</summary>
    [Fact]
    public async Task Person_HasTenGuesses_InAllSessions()
    {
        await using var host = await OAuthHost.StartAsync();
        var guesses = 0;
        for (var login = 0; login < 6; login++)
        {
            using var bob = await host.Console.LoggedInAsync("bob");
            while ((await bob.PostJsonAsync("/oauth/device/approve", new { user_code = "BCDF-GHJK" })).Status == 404)
            {
                guesses++;
            }
        }

        Assert.InRange(guesses, 1, 48);
    }

    [Theory]
    [InlineData("/oauth/device/code")]
    [InlineData("/oauth/token")]
    [InlineData("/oauth/revoke")]
    public async Task Charset_ThatNoServerReads_IsARefusal(string path)
    {
        await using var host = await OAuthHost.StartAsync();
        using var content = new ByteArrayContent("client_id=tool"u8.ToArray());
        content.Headers.TryAddWithoutValidation("Content-Type", "application/x-www-form-urlencoded; charset=utf-7");

        var answer = await host.Device.SendAsync(HttpMethod.Post, path, content);

        Assert.InRange(answer.Status, 400, 499);
    }
}
