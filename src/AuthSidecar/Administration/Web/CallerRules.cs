using AuthSidecar.Access.Authorization;
using AuthSidecar.Platform.Storage;
using Microsoft.AspNetCore.Authorization;

namespace AuthSidecar.Administration.Web;

/// <summary>A policy of <see cref="ConsolePolicies"/>.</summary>
internal sealed record CallerRequirement(string Policy) : IAuthorizationRequirement;

/// <summary>Decides the policies of the console. A failure's message is the word of the refusal.</summary>
internal sealed class CallerRules(TimeProvider time) : AuthorizationHandler<CallerRequirement>
{
    public const string AdminRequired = "admin_required";
    public const string InsufficientScope = "insufficient_scope";
    public const string WrongSurface = "wrong_surface";
    public const string SessionRequired = "session_required";
    public const string ReauthenticationRequired = "reauthentication_required";
    public const string PasswordChangeRequired = "password_change_required";

    /// <summary>Age of the last proof of the password up to which dangerous changes are allowed.</summary>
    public static readonly TimeSpan SudoAge = TimeSpan.FromMinutes(10);

    protected override Task HandleRequirementAsync(AuthorizationHandlerContext context, CallerRequirement requirement)
    {
        if ((context.Resource as HttpContext)?.FindCaller() is not { } caller)
        {
            context.Fail();
        }
        else if (Refusal(requirement.Policy, caller, time.GetUtcNow()) is { } word)
        {
            context.Fail(new(this, word));
        }
        else
        {
            context.Succeed(requirement);
        }

        return Task.CompletedTask;
    }

    /// <returns>Word of the refusal; null: allowed.</returns>
    public static string? Refusal(string policy, Caller caller, DateTimeOffset now) =>
        policy switch
        {
            ConsolePolicies.AnySession => caller.Kind == CallerKind.Session ? null : SessionRequired,
            ConsolePolicies.Session => OfSession(caller),
            ConsolePolicies.Sudo => OfSession(caller) ?? OfSudo(caller, now),
            ConsolePolicies.OwnRead => caller.Kind == CallerKind.Session ? OfSession(caller) : OfAccount(caller),
            ConsolePolicies.OwnWrite => caller.Kind == CallerKind.Session ? OfSession(caller) : OfAccount(caller) ?? OfManagingKey(caller),
            ConsolePolicies.OwnDevices => caller.Kind == CallerKind.Session ? OfSession(caller) : OfDevice(caller),
            ConsolePolicies.Admin => OfAdmin(caller),
            ConsolePolicies.AdminSudo => OfSession(caller) ?? OfAdmin(caller) ?? OfSudo(caller, now),
            ConsolePolicies.AnyKey => caller.Kind is CallerKind.Key or CallerKind.Master ? null : WrongSurface,
            _ => WrongSurface,
        };

    private static string? OfSession(Caller caller) =>
        caller switch
        {
            not { Kind: CallerKind.Session, UserId: not null } => SessionRequired,
            { MustChangePassword: true } => PasswordChangeRequired,
            _ => null,
        };

    private static string? OfSudo(Caller caller, DateTimeOffset now) =>
        caller.AuthenticatedAt is { } at && now - at <= SudoAge ? null : ReauthenticationRequired;

    private static string? OfAccount(Caller caller) => caller is { Kind: CallerKind.Key, UserId: not null } ? null : WrongSurface;

    private static string? OfDevice(Caller caller) => caller is { IsDevice: true, KeyId: not null } ? null : WrongSurface;

    private static string? OfManagingKey(Caller caller) =>
        caller switch
        {
            { IsDevice: true } or { KeyId: null } => WrongSurface,
            { IsTenantBound: true } or { Role: not UserRole.Admin } => AdminRequired,
            _ when !caller.Scopes.Contains(AccessRules.ManageScope) => InsufficientScope,
            _ => null,
        };

    private static string? OfAdmin(Caller caller) =>
        caller.Kind switch
        {
            CallerKind.Session => OfSession(caller) ?? (caller.Role == UserRole.Admin ? null : AdminRequired),
            CallerKind.Key => OfAccount(caller) ?? OfManagingKey(caller),
            CallerKind.Master => null,
            _ => WrongSurface,
        };
}
