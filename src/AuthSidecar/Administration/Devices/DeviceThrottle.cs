using System.Net;
using System.Security.Cryptography;
using System.Text;
using AuthSidecar.Access.RateLimiting;
using AuthSidecar.Administration.Keys;
using AuthSidecar.Administration.Web;
using AuthSidecar.Decisions.Policies;
using AuthSidecar.Decisions.Vocabulary;

namespace AuthSidecar.Administration.Devices;

/// <summary>
/// Keeps user codes from being guessed: 10 decisions or wrong codes an hour and session, or person without an account, and before a login
/// 60 lookups in 5 minutes and address. A session thus has 10 guesses in the life of a code, of the 48 that leave a chance of 2^-32, and a
/// person in all sessions 40. What is counted by address is also counted by network, ten times as often, since one site has many.
/// </summary>
internal sealed class DeviceThrottle(IRateLimiter limiter)
{
    public const int MostDecisions = 10;
    public const int MostLookups = 60;

    /// <summary>Decisions of a person in all sessions: a new login brings no more guesses than the 48.</summary>
    public const int MostOfPerson = 40;

    /// <summary>Addresses of one network that may use up their counts.</summary>
    public const int MostOfNetwork = 10;

    /// <summary>Window of decisions and starts.</summary>
    public static readonly TimeSpan Hour = TimeSpan.FromHours(1);

    /// <summary>Window of lookups.</summary>
    public static readonly TimeSpan Lookups = TimeSpan.FromMinutes(5);

    private const int MostStarts = 60;

    /// <summary>Counts a grant that a device starts: 60 an hour and address, 600 an hour and network.</summary>
    /// <returns>Null: the grant may start; else the time until the next one.</returns>
    public Task<TimeSpan?> CountStartAsync(string address) =>
        CountAsync(
            BucketKind.DeviceStart,
            BucketKind.DeviceStartNetwork,
            SubscriberOf(address) ?? address,
            ClientNetwork.Of(address) ?? address,
            MostStarts,
            Hour
        );

    /// <summary>Counts a decision of a session, and of its person in all sessions together.</summary>
    /// <returns>Null: the decision may go on; else the time until the next one.</returns>
    public Task<TimeSpan?> CountDecisionAsync(Caller session) =>
        CountAsync(
            new Bucket(DecisionOf(session.SessionId!), MostDecisions, Hour),
            new Bucket(DecisionOf(PersonOf(session)), MostOfPerson, Hour)
        );

    /// <summary>Counts a decision of a person without an account, in all browsers together.</summary>
    /// <returns>Null: the decision may go on; else the time until the next one.</returns>
    public Task<TimeSpan?> CountDecisionAsync(ExternalIdentity person) =>
        CountAsync(new Bucket(DecisionOf(Hash(ExternalPerson.Of(person.Issuer, person.Subject))), MostDecisions, Hour));

    /// <summary>Counts a begun sign-in at a provider to approve a device: 60 an hour and address, 600 an hour and network.</summary>
    /// <returns>Null: the sign-in may begin; else the time until the next one.</returns>
    public Task<TimeSpan?> CountSignInAsync(string? address) =>
        SubscriberOf(address) is { } subscriber && ClientNetwork.Of(address) is { } network
            ? CountAsync(BucketKind.DeviceSignIn, BucketKind.DeviceSignInNetwork, subscriber, network, MostStarts, Hour)
            : Task.FromResult<TimeSpan?>(null);

    /// <param name="session">Session of the browser; null: none yet.</param>
    /// <param name="address">Its address, which counts without a session.</param>
    /// <returns>Null: the lookup may go on; else the time until the next one.</returns>
    public Task<TimeSpan?> CountLookupAsync(Caller? session, string? address) =>
        session is not null ? CountDecisionAsync(session)
        : SubscriberOf(address) is { } subscriber && ClientNetwork.Of(address) is { } network
            ? CountAsync(BucketKind.DeviceLookup, BucketKind.DeviceLookupNetwork, subscriber, network, MostLookups, Lookups)
        : Task.FromResult<TimeSpan?>(null);

    /// <summary>Takes back the count of a lookup in a session that found its code.</summary>
    public async Task HitAsync(Caller? session)
    {
        if (session is not null)
        {
            await limiter.UndoAsync([DecisionOf(session.SessionId!), DecisionOf(PersonOf(session))]);
        }
    }

    private Task<TimeSpan?> CountAsync(BucketKind kind, BucketKind wide, string subscriber, string network, int most, TimeSpan window) =>
        CountAsync(
            new Bucket(new(kind, "", Hash(subscriber)), most, window),
            new Bucket(new(wide, "", Hash(network)), MostOfNetwork * most, window)
        );

    private async Task<TimeSpan?> CountAsync(params Bucket[] buckets)
    {
        var answer = await limiter.CountAsync(buckets, RedisDownAnswer.FallbackLocal);
        return answer.Verdict switch
        {
            LimitVerdict.Counted => null,
            LimitVerdict.Denied => answer.RetryAfter,
            _ => buckets[0].Window,
        };
    }

    private static string PersonOf(Caller session) => $"person:{session.UserId}";

    private static BucketName DecisionOf(string sessionId) => new(BucketKind.DeviceDecision, "", sessionId);

    // Clients without an address cannot be told apart, so that a bucket of theirs would let one of them lock out the others.
    private static string? SubscriberOf(string? address) => IPAddress.TryParse(address, out _) ? ClientSubscriber.Of(address) : null;

    private static string Hash(string text) => Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(text)).AsSpan(0, 16));
}
