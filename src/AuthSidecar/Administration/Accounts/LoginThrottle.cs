using System.Security.Cryptography;
using System.Text;
using AuthSidecar.Access.RateLimiting;
using AuthSidecar.Decisions.Policies;
using AuthSidecar.Platform.Storage;

namespace AuthSidecar.Administration.Accounts;

/// <summary>
/// Limits wrong passwords without locking a person out: by name and address, by address, and by name, where browsers that logged in before
/// have a count of their own, so that strangers cannot use it up. An attempt counts before the password is checked, so that parallel
/// guesses cannot exceed a limit.
/// </summary>
internal sealed class LoginThrottle(IRateLimiter limiter)
{
    private static readonly TimeSpan _short = TimeSpan.FromMinutes(15);

    /// <returns>Null: the attempt may go on; else the time until the next one.</returns>
    public async Task<TimeSpan?> CountAsync(string name, string? address, bool knownBrowser)
    {
        var answer = await limiter.CountAsync([.. BucketsOf(name, address, knownBrowser)], RedisDownAnswer.FallbackLocal);
        return answer.Verdict switch
        {
            LimitVerdict.Counted => null,
            LimitVerdict.Denied => answer.RetryAfter,
            _ => _short,
        };
    }

    /// <summary>Ends the count of the pair and takes back that of this attempt, after the right password.</summary>
    public async Task SucceededAsync(string name, string? address, bool knownBrowser)
    {
        foreach (var bucket in BucketsOf(name, address, knownBrowser))
        {
            await (bucket.Name.Kind == BucketKind.LoginPair ? limiter.ClearAsync(bucket.Name) : limiter.UndoAsync([bucket.Name]));
        }
    }

    /// <summary>Takes back the count of an attempt that checked no password.</summary>
    public async Task UndoAsync(string name, string? address, bool knownBrowser) =>
        await limiter.UndoAsync([.. BucketsOf(name, address, knownBrowser).Select(bucket => bucket.Name)]);

    // Clients without an address cannot be told apart, so that a bucket of theirs would let one of them lock out the others.
    private static IEnumerable<Bucket> BucketsOf(string name, string? address, bool knownBrowser)
    {
        var key = User.KeyOf(name);
        if (!string.IsNullOrEmpty(address))
        {
            var network = ClientSubscriber.Of(address);
            yield return new(new(BucketKind.LoginPair, "", Hash($"{network} {key}")), 10, _short);
            yield return new(new(BucketKind.LoginAddress, "", Hash(network)), 30, _short);
        }

        yield return new(new(BucketKind.LoginName, "", Hash(knownBrowser ? $"known {key}" : key)), 100, TimeSpan.FromHours(24));
    }

    private static string Hash(string text) => Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(text)).AsSpan(0, 16));
}
