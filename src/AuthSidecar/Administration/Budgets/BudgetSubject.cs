using AuthSidecar.Administration.Shared;
using AuthSidecar.Administration.Users;
using AuthSidecar.Decisions.Vocabulary;
using AuthSidecar.Platform.Storage;
using Microsoft.EntityFrameworkCore;

namespace AuthSidecar.Administration.Budgets;

/// <summary>Resolves the subject of a budget from user input.</summary>
internal static class BudgetSubject
{
    // As in tokens; together with the issuer it must fit into a database index.
    private const int LongestSubject = 255;
    private const int LongestIssuer = 1024;

    /// <param name="context">The store.</param>
    /// <param name="scope">Scope of the budget.</param>
    /// <param name="text">A user's name or id, <c>ISSUER|SUB</c>, a group's id, or the id of any key of a line.</param>
    /// <param name="cancellationToken">Cancels the query.</param>
    /// <returns>As <see cref="Budget.SubjectId"/>.</returns>
    public static Task<Outcome<string>> FindAsync(
        SidecarDbContext context,
        BudgetScope scope,
        string text,
        CancellationToken cancellationToken
    ) =>
        scope switch
        {
            BudgetScope.User => UserAsync(context, text, cancellationToken),
            BudgetScope.Key => KeyAsync(context, text, cancellationToken),
            _ => GroupAsync(context, text, cancellationToken),
        };

    /// <summary>The cache invalidation for a changed budget.</summary>
    public static CacheInvalidation InvalidationOf(BudgetScope scope, string id, DateTimeOffset now) =>
        scope switch
        {
            BudgetScope.User => CacheInvalidation.OfUser(id, now),
            BudgetScope.Key => CacheInvalidation.OfKey(id, now),

            // Members may change before a replica reads the invalidation.
            _ => CacheInvalidation.OfEverything(now),
        };

    /// <summary>Scope name in commands and output: a shared budget belongs to a group too.</summary>
    public static string NameOf(BudgetScope scope) =>
        (scope == BudgetScope.Shared ? BudgetScope.Group : scope).ToString().ToLowerInvariant();

    /// <summary><c>month</c>, <c>week</c> or <c>day</c>.</summary>
    public static string NameOf(BudgetPeriod period) => period.ToString().ToLowerInvariant();

    /// <summary><c>per_member</c> or <c>shared</c>; null: not a group budget.</summary>
    public static string? Sharing(BudgetScope scope) =>
        scope switch
        {
            BudgetScope.Group => "per_member",
            BudgetScope.Shared => "shared",
            _ => null,
        };

    /// <summary>The refusal of a subject without a budget.</summary>
    public static Refusal Unknown(BudgetTarget target)
    {
        var sharing = Sharing(target.Scope) is { } word ? $" ({word})" : "";
        return Refusal.Unknown("budget", $"of {NameOf(target.Scope)} {target.Subject}{sharing} for a {NameOf(target.Period)}");
    }

    private static async Task<Outcome<string>> UserAsync(SidecarDbContext context, string text, CancellationToken cancellationToken)
    {
        var user = await context.Users.FindByNameOrIdAsync(text, cancellationToken);
        if (
            !ExternalPerson.TrySplit(text, out var issuer, out var subject)
            || !Uri.TryCreate(issuer, UriKind.Absolute, out var uri)
            || uri.Scheme is not ("https" or "http")
        )
        {
            return user is null ? Refusal.UnknownUser(text) : user.Id;
        }

        if (user is not null)
        {
            return Refusal.Conflict(
                "ambiguous_user",
                $"{text} is the name of the user {user.Id} and may be a subject of the issuer {issuer}; give the user's id, or "
                    + "another name."
            );
        }

        return
            issuer.Length > LongestIssuer
            || subject.Length > LongestSubject
            || subject.AsSpan().ContainsAnyExceptInRange(' ', '~')
            || subject.Trim() != subject
            ? Refusal.Invalid(
                $"A caller of an issuer is ISSUER|SUB: up to {LongestIssuer} characters, and a subject of up to {LongestSubject} "
                    + "printable ASCII characters."
            )
            : text;
    }

    private static async Task<Outcome<string>> GroupAsync(SidecarDbContext context, string id, CancellationToken cancellationToken) =>
        await context.Groups.AnyAsync(group => group.Id == id, cancellationToken) ? id : Refusal.Unknown("group", id);

    private static async Task<Outcome<string>> KeyAsync(SidecarDbContext context, string id, CancellationToken cancellationToken) =>
        await context.ApiKeys.AsNoTracking().SingleOrDefaultAsync(key => key.Id == id, cancellationToken) is { } key
            ? key.Line
            : Refusal.UnknownKey(id);
}
