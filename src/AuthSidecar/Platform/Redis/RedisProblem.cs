using StackExchange.Redis;

namespace AuthSidecar.Platform.Redis;

/// <summary>
/// Problems of Redis as fixed strings. Neither its replies nor the client's exceptions are quoted, because they may hold keys and
/// passwords.
/// </summary>
internal static class RedisProblem
{
    public const string NoAnswer = "no answer in time";
    public const string NoConnection = "no connection";
    public const string Tls = "TLS failed";
    public const string Malformed = "impossible answer";
    public const string Other = "ERR";

    private const string NoAuth = "NOAUTH";
    private const string WrongPassword = "WRONGPASS";
    private const string NoPermission = "NOPERM";

    /// <param name="fault">Of a call or of the connection.</param>
    /// <param name="hasCredential">Whether a user or password is configured: after a rejected login the client continues without one, and
    /// is rejected with NOAUTH.</param>
    public static string Of(Exception? fault, bool hasCredential = false)
    {
        for (var cause = fault; cause is not null; cause = cause.InnerException)
        {
            var problem = cause switch
            {
                TimeoutException => NoAnswer,
                InvalidDataException => Malformed,
                RedisServerException answer => OfAnswer(answer, hasCredential),
                RedisConnectionException { FailureType: ConnectionFailureType.AuthenticationFailure } => OfLogin(cause, hasCredential),
                RedisConnectionException { FailureType: ConnectionFailureType.Loading } => "LOADING",
                _ => null,
            };
            if (problem is not null)
            {
                return problem;
            }
        }

        return NoConnection;
    }

    /// <summary>Whether Redis answered with an error, for one request or for all.</summary>
    public static bool IsRefusal(string problem) => problem is not (NoAnswer or NoConnection or Tls);

    /// <summary>Whether it concerns one key only.</summary>
    public static bool IsOfOneKey(string problem) => problem is "WRONGTYPE" or Malformed or Other;

    private static string OfAnswer(RedisServerException answer, bool hasCredential) =>
        answer.Kind switch
        {
            RedisErrorKind.NoAuth => hasCredential ? WrongPassword : NoAuth,
            RedisErrorKind.WrongPass => WrongPassword,
            RedisErrorKind.NoPermission => NoPermission,
            RedisErrorKind.WrongType => "WRONGTYPE",
            RedisErrorKind.OutOfMemory => "OOM",
            RedisErrorKind.ReadOnly => "READONLY",
            RedisErrorKind.Loading => "LOADING",
            RedisErrorKind.Busy => "BUSY",
            RedisErrorKind.ClusterDown or RedisErrorKind.MasterDown or RedisErrorKind.TryAgain => "CLUSTERDOWN",
            RedisErrorKind.MaxClients => "MAXCLIENTS",
            RedisErrorKind.NoReplicas or RedisErrorKind.Misconfigured => "MISCONF",

            // A script's missing permission has no error code.
            _ when answer.Message.Contains("executing the script can't", StringComparison.Ordinal) => NoPermission,
            _ => Other,
        };

    // The client gives a failed TLS handshake the same type.
    private static string OfLogin(Exception fault, bool hasCredential)
    {
        for (var cause = fault; cause is not null; cause = cause.InnerException)
        {
            if (cause.Message.Contains(WrongPassword, StringComparison.Ordinal))
            {
                return WrongPassword;
            }

            if (cause.Message.Contains(NoAuth, StringComparison.Ordinal))
            {
                return hasCredential ? WrongPassword : NoAuth;
            }

            if (cause.Message.Contains(NoPermission, StringComparison.Ordinal))
            {
                return NoPermission;
            }
        }

        return Tls;
    }
}
