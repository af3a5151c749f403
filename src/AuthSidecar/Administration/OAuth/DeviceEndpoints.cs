using AuthSidecar.Administration.Devices;
using AuthSidecar.Administration.Shared;
using AuthSidecar.Administration.Web;
using AuthSidecar.Platform.Storage;

namespace AuthSidecar.Administration.OAuth;

/// <summary>Answer to a device's request for a code (RFC 8628 3.2).</summary>
/// <param name="UserCode">With a hyphen.</param>
/// <param name="ExpiresIn">Seconds.</param>
/// <param name="Interval">Seconds between two polls.</param>
internal sealed record StartedDocument(
    string DeviceCode,
    string UserCode,
    string VerificationUri,
    string VerificationUriComplete,
    int ExpiresIn,
    int Interval
);

/// <param name="Valid">A person may decide on the code.</param>
/// <param name="ExpiresInRemaining">Seconds; 0 without a decision to make.</param>
/// <param name="ClientId">Null: an unknown code.</param>
internal sealed record LookupDocument(bool Valid, int ExpiresInRemaining, string? ClientId);

/// <param name="Status"><c>approved</c>, <c>denied</c> or <c>revoked</c>.</param>
internal sealed record StatusDocument(string Status);

/// <summary>The device flow: start, lookup and decision.</summary>
internal sealed class DeviceEndpoints(
    StartGrant start,
    FindGrant find,
    DecideGrant decide,
    DeviceThrottle throttle,
    OwnOrigins origins,
    TimeProvider time
)
{
    private const string UserCodeName = "user_code";

    public async Task<IResult> StartAsync(HttpContext http)
    {
        var body = await OAuthParameters.ReadAsync(http);
        var (client, label) = (body.Required("client_id"), body.Required("device_label"));
        var address = AddressOf(http);
        var console = origins.AddressFor(http) ?? throw OAuthException.Misdirected();
        Refuse(await throttle.CountStartAsync(address));
        var wanted = new NewGrant(client, label, body.Optional("scope"), address, AgentOf(http));
        var started = OrRefuse(await start.RunAsync(wanted, http.RequestAborted));
        return new OAuthAnswer(
            new StartedDocument(
                started.DeviceCode,
                started.UserCode,
                $"{console}/device",
                $"{console}/device?{UserCodeName}={started.UserCode}",
                (int)started.Lifetime.TotalSeconds,
                (int)started.Interval.TotalSeconds
            )
        );
    }

    public async Task<IResult> LookUpAsync(HttpContext http)
    {
        var code = http.Request.Query[UserCodeName] switch
        {
            { Count: 1 } values when values[0] is { Length: > 0 } value => CodeOf(value),
            _ => throw OAuthException.Invalid($"The parameter {UserCodeName} must stand once."),
        };
        Refuse(await throttle.CountLookupAsync(null, AddressOf(http)));
        return new OAuthAnswer(
            await find.RunAsync(code, http.RequestAborted) switch
            {
                null => new LookupDocument(false, 0, null),
                { Status: GrantStatus.Pending } grant => new(true, SecondsUntil(grant.ExpiresAt), grant.ClientId),
                var decided => new(false, 0, decided.ClientId),
            }
        );
    }

    public Task<IResult> ApproveAsync(HttpContext http) => DecideAsync(http, decide.ApproveAsync, "approved");

    public Task<IResult> DenyAsync(HttpContext http) => DecideAsync(http, decide.DenyAsync, "denied");

    // The identity is that of the session, whatever the body says.
    private async Task<IResult> DecideAsync(
        HttpContext http,
        Func<string, Approver, CancellationToken, Task<Outcome<DeviceGrantView>>> decideAsync,
        string status
    )
    {
        var code = CodeOf((await OAuthParameters.ReadAsync(http)).Required(UserCodeName));
        var caller = http.Caller();
        Refuse(await throttle.CountDecisionAsync(caller));
        var by = new Approver { UserId = caller.UserId, Address = http.ClientAddress() };
        _ = OrRefuse(await decideAsync(code, by, http.RequestAborted));
        return new OAuthAnswer(new StatusDocument(status));
    }

    private static string CodeOf(string typed) =>
        UserCode.Read(typed) ?? throw new OAuthException(StatusCodes.Status400BadRequest, "invalid_user_code", "No code has this form.");

    // Callers without an address cannot be told apart: a limit of them all would let one of them lock out the others.
    public static string AddressOf(HttpContext http) =>
        http.ClientAddress()
        ?? throw new OAuthException(
            StatusCodes.Status403Forbidden,
            "address_unknown",
            "The client's address is unknown; the console answers this over TCP only."
        );

    private static string? AgentOf(HttpContext http) => http.Request.Headers.UserAgent.ToString() is { Length: > 0 } agent ? agent : null;

    private int SecondsUntil(DateTimeOffset end) => (int)Math.Max(0, Math.Ceiling((end - Instant.Now(time)).TotalSeconds));

    public static void Refuse(TimeSpan? wait)
    {
        if (wait is { } time)
        {
            throw OAuthException.Throttled(time);
        }
    }

    public static T OrRefuse<T>(Outcome<T> outcome)
        where T : class => outcome.Refusal is { } refusal ? throw OAuthException.Of(refusal) : outcome.Value;
}
