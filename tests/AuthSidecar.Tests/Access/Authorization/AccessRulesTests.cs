using AuthSidecar.Access.Authorization;
using AuthSidecar.Decisions.Pipeline;
using AuthSidecar.Decisions.Vocabulary;

namespace AuthSidecar.Tests.Access.Authorization;

public sealed class AccessRulesTests
{
    [Theory]
    [InlineData("full", "", true)]
    [InlineData("full", "a b", true)]
    [InlineData("x full", "a", true)]
    [InlineData("a b", "a b", true)]
    [InlineData("a b c", "b", true)]
    [InlineData("a", "a b", false)]
    [InlineData("b", "a b", false)]
    [InlineData("a", "A", false)]
    [InlineData("a", "", false)]
    [InlineData("", "", false)]
    [InlineData("", "a", false)]
    [InlineData("full", "manage", false)]
    [InlineData("full", "a manage", false)]
    [InlineData("full manage", "manage a", true)]
    [InlineData("manage", "a", false)]
    [InlineData("manage", "", false)]
    public void EveryNeededScope_MustBeGranted(string granted, string needed, bool expected) =>
        Assert.Equal(expected, AccessRules.HasScopes(Of(SubjectType.Account, Words(granted)), Words(needed)));

    [Theory]
    [InlineData(SubjectType.Account, SubjectType.Account, true)]
    [InlineData(SubjectType.Account | SubjectType.Service, SubjectType.Service, true)]
    [InlineData(SubjectType.Account, SubjectType.Service, false)]
    [InlineData(SubjectType.Account | SubjectType.EndUser, SubjectType.Service, false)]
    [InlineData(SubjectType.None, SubjectType.Account, false)]
    [InlineData(SubjectType.Account, SubjectType.None, false)]
    [InlineData(SubjectType.None, SubjectType.None, false)]
    internal void ASubjectOfAnotherKind_IsNotAccepted(SubjectType accepted, SubjectType type, bool expected) =>
        Assert.Equal(expected, AccessRules.Accepts(accepted, Of(type, [])));

    [Theory]
    [InlineData("", "any", true)]
    [InlineData("gpt-5", "gpt-5", true)]
    [InlineData("gpt-5", "gpt-5-mini", false)]
    [InlineData("gpt-5-mini", "gpt-5", false)]
    [InlineData("gpt-5", "GPT-5", false)]
    [InlineData("gpt-5", "xxt-5", false)]
    [InlineData("gpt-5", "x-gpt-5", false)]
    [InlineData("claude-* gpt-5", "gpt-5", true)]
    [InlineData("claude-* gpt-5", "gpt-4", false)]
    [InlineData("gpt-*", "gpt-", true)]
    [InlineData("gpt-*", "gpt", false)]
    [InlineData("*-mini", "gpt-5-mini", true)]
    [InlineData("*-mini", "gpt-5-mini-x", false)]
    [InlineData("*mini*5", "mini-mini-4-5", true)]
    [InlineData("*mini*5", "mini-5-4", false)]
    [InlineData("a*b*c", "abbc", true)]
    [InlineData("a*b*c", "acb", false)]
    [InlineData("a**", "a", true)]
    [InlineData("*", "", false)]
    [InlineData("?", "", false)]
    [InlineData("gpt-?", "gpt-5", true)]
    [InlineData("gpt-?", "gpt-", false)]
    [InlineData("gpt-?", "gpt-55", false)]
    [InlineData("gpt.5", "gpt-5", false)]
    public void AModel_MustMatchAGlobAsAWhole(string globs, string model, bool expected) =>
        Assert.Equal(expected, AccessRules.AllowsModel(Words(globs), model));

    private static string[] Words(string text) => text.Split(' ', StringSplitOptions.RemoveEmptyEntries);

    private static Identity Of(SubjectType type, string[] scopes) => new("key", type, "user", "ada", scopes, null, null);
}
