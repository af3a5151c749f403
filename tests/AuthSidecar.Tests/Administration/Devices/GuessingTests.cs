using System.Buffers.Text;
using System.Globalization;
using AuthSidecar.Access.RateLimiting;
using AuthSidecar.Administration.Devices;
using AuthSidecar.Administration.Web;
using Microsoft.Extensions.Time.Testing;

namespace AuthSidecar.Tests.Administration.Devices;

/// <summary>The arithmetic of guessed codes (RFC 8628 5.1 and 5.2), from the constants in force.</summary>
public class GuessingTests
{
    private static readonly double _codes = Math.Pow(UserCode.Alphabet.Length, UserCode.Length);

    [Fact]
    public void UserCode_LeavesTheChanceOfTheRfc_ToAllGuessesOfASession()
    {
        Assert.Equal(UserCode.Alphabet.Length, UserCode.Alphabet.Distinct().Count());
        Assert.Equal(37.60, Math.Log2(_codes), 2);
        var allowed = Math.Floor(_codes * Math.Pow(2, -32));
        Assert.Equal(48, allowed);

        // A window that is longer than the life of a code never gives out its permits twice in it.
        Assert.Equal(TimeSpan.FromSeconds(900), GrantState.Lifetime);
        Assert.True(DeviceThrottle.Hour >= GrantState.Lifetime + TimeSpan.FromMinutes(1));
        Assert.Equal(10, DeviceThrottle.MostDecisions);
        Assert.True(DeviceThrottle.MostDecisions < allowed);
    }

    /// <summary>A lookup without a login decides nothing, and finds a given code with a chance below 2^-30.</summary>
    [Fact]
    public void Lookups_FindACode_WithAChanceBelowAThousandMillionth()
    {
        var windows = GrantState.Lifetime / DeviceThrottle.Lookups;
        Assert.Equal(180, windows * DeviceThrottle.MostLookups);
        Assert.True(windows * DeviceThrottle.MostLookups / _codes < Math.Pow(2, -30));
        Assert.True(windows * DeviceThrottle.MostLookups * DeviceThrottle.MostOfNetwork / _codes < Math.Pow(2, -26));
    }

    /// <summary>An address that is refused uses up nothing of its network.</summary>
    [Theory]
    [InlineData("start", "2001:db8:0:{0:x}::1", "2001:db8:1::1")]
    [InlineData("start", "192.0.2.{0}", "192.0.3.1")]
    [InlineData("lookup", "2001:db8:0:{0:x}::1", "2001:db8:1::1")]
    [InlineData("lookup", "::ffff:192.0.2.{0}", "192.0.3.1")]
    [InlineData("sign-in", "2001:db8:0:{0:x}::1", "2001:db8:1::1")]
    [InlineData("sign-in", "192.0.2.{0}", "192.0.3.1")]
    public async Task Network_HasAsMuchAsTenOfItsAddresses(string what, string addresses, string elsewhere)
    {
        using var limiter = new MemoryRateLimiter(new FakeTimeProvider());
        var throttle = new DeviceThrottle(limiter);
        var counted = 0;
        for (var number = 0; number < 20; number++)
        {
            var address = string.Format(CultureInfo.InvariantCulture, addresses, number);
            for (var attempt = 0; attempt < 70; attempt++)
            {
                counted += await CountAsync(address) is null ? 1 : 0;
            }

            Assert.Equal(60 * Math.Min(number + 1, 10), counted);
        }

        Assert.Null(await CountAsync(elsewhere));

        Task<TimeSpan?> CountAsync(string address) =>
            what switch
            {
                "start" => throttle.CountStartAsync(address),
                "lookup" => throttle.CountLookupAsync(null, address),
                _ => throttle.CountSignInAsync(address),
            };
    }

    /// <summary>2^-128 is the most that RFC 6749 (10.10) allows, 2^-160 what it recommends.</summary>
    [Fact]
    public void DeviceCode_HasTheEntropyOfTheRfc()
    {
        Assert.Equal(192, GrantCodes.SecretBytes * 8);
        Assert.True(GrantCodes.SecretBytes * 8 >= 160);
        var codes = Enumerable.Range(0, 100).Select(_ => GrantCodes.NewDeviceCode()).ToList();
        Assert.Equal(100, codes.Distinct().Count());
        Assert.All(codes, code => Assert.Equal(GrantCodes.SecretBytes, Base64Url.DecodeFromChars(code.AsSpan("dc_".Length)).Length));
    }

    /// <summary>At each second of two hours a session decides or types a wrong code as often as it may.</summary>
    [Fact]
    public async Task Session_HasAtMostTenGuesses_InTheLifeOfEachCode()
    {
        var time = new FakeTimeProvider();
        using var limiter = new MemoryRateLimiter(time);
        var throttle = new DeviceThrottle(limiter);
        var guesses = new List<int>();
        for (var second = 0; second < 7200; second++)
        {
            while (
                await throttle.CountDecisionAsync(Session("one")) is null
                || await throttle.CountLookupAsync(Session("one"), "192.0.2.1") is null
            )
            {
                guesses.Add(second);
            }

            time.Advance(TimeSpan.FromSeconds(1));
        }

        var life = (int)GrantState.Lifetime.TotalSeconds;
        Assert.Equal(2 * DeviceThrottle.MostDecisions, guesses.Count);
        Assert.All(Enumerable.Range(0, 7200), start =>
            Assert.True(guesses.Count(guess => guess >= start && guess <= start + life) <= DeviceThrottle.MostDecisions)
        );
        Assert.Null(await throttle.CountDecisionAsync(Session("another")));
    }

    [Fact]
    public async Task Person_HasFewerGuesses_InAllSessions_ThanLeaveTheChanceOfTheRfc()
    {
        using var limiter = new MemoryRateLimiter(new FakeTimeProvider());
        var throttle = new DeviceThrottle(limiter);
        var guesses = 0;
        for (var login = 0; login < 100; login++)
        {
            while (await throttle.CountDecisionAsync(Session($"{login}")) is null)
            {
                guesses++;
            }
        }

        Assert.Equal(DeviceThrottle.MostOfPerson, guesses);
        Assert.True(DeviceThrottle.MostOfPerson < 48);
        Assert.Null(await throttle.CountDecisionAsync(Session("another") with { UserId = "other" }));
    }

    private static Caller Session(string id) => new(CallerKind.Session, "bob") { UserId = "bob", SessionId = id };
}
