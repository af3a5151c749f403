using AuthSidecar.Management;
using AuthSidecar.Pipeline;
using AuthSidecar.Storage;
using AuthSidecar.Users;
using Microsoft.EntityFrameworkCore;

namespace AuthSidecar.Budgets;

/// <summary>Whose budget is meant, from what people write.</summary>
internal static class BudgetSubject
{
    // As in tokens; with an issuer it must fit into an index of the store.
    private const int LongestSubject = 255;
    private const int LongestIssuer = 1024;

    /// <param name="context">The store.</param>
    /// <param name="scope">What has the budget.</param>
    /// <param name="text">A user's name or id, <c>ISSUER|SUB</c>, a group's id, or the id of any key of a line.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>As <see cref="Budget.SubjectId"/>.</returns>
    public static Task<Outcome<string>> FindAsync(SidecarDbContext context, BudgetScope scope, string text, CancellationToken cancellationToken) => scope switch
    {
        BudgetScope.User => UserAsync(context, text, cancellationToken),
        BudgetScope.Key => KeyAsync(context, text, cancellationToken),
        _ => GroupAsync(context, text, cancellationToken),
    };

    /// <summary>What replicas must forget when its budget changes.</summary>
    public static CacheInvalidation InvalidationOf(BudgetScope scope, string id, DateTimeOffset now) => scope switch
    {
        BudgetScope.User => CacheInvalidation.OfUser(id, now),
        BudgetScope.Key => CacheInvalidation.OfKey(id, now),

        // Who is in a group now need not be who is when a replica reads of it.
        _ => CacheInvalidation.OfEverything(now),
    };

    /// <summary>The scope as people know it: a shared budget is a group's too.</summary>
    public static string Word(BudgetScope scope) => (scope == BudgetScope.Purse ? BudgetScope.Group : scope).ToString().ToLowerInvariant();

    /// <summary><c>per_member</c> or <c>shared</c>; null: neither, for no group's.</summary>
    public static string? Sharing(BudgetScope scope) => scope switch
    {
        BudgetScope.Group => "per_member",
        BudgetScope.Purse => "shared",
        _ => null,
    };

    private static async Task<Outcome<string>> UserAsync(SidecarDbContext context, string text, CancellationToken cancellationToken)
    {
        var user = await context.Users.FindByNameOrIdAsync(text, cancellationToken);
        if (!ExternalPerson.TrySplit(text, out var issuer, out var subject) || !Uri.TryCreate(issuer, UriKind.Absolute, out var uri) || uri.Scheme is not ("https" or "http"))
        {
            return user is null ? Refusal.UnknownUser(text) : user.Id;
        }

        if (user is not null)
        {
            return Refusal.Conflict("ambiguous_user", $"{text} is the name of the user {user.Id} and may be a subject of the issuer {issuer}; give the user's id, or another name.");
        }

        return issuer.Length > LongestIssuer || subject.Length > LongestSubject || subject.AsSpan().ContainsAnyExceptInRange(' ', '~') || subject.Trim() != subject
            ? Refusal.Invalid($"A caller of an issuer is ISSUER|SUB: up to {LongestIssuer} characters, and a subject of up to {LongestSubject} printable ASCII characters.")
            : text;
    }

    private static async Task<Outcome<string>> GroupAsync(SidecarDbContext context, string id, CancellationToken cancellationToken) =>
        await context.Groups.AnyAsync(group => group.Id == id, cancellationToken) ? id : Refusal.Unknown("group", id);

    private static async Task<Outcome<string>> KeyAsync(SidecarDbContext context, string id, CancellationToken cancellationToken) =>
        await context.ApiKeys.AsNoTracking().SingleOrDefaultAsync(key => key.Id == id, cancellationToken) is { } key ? key.Line : Refusal.UnknownKey(id);
}
