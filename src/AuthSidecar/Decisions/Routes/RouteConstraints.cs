using Microsoft.AspNetCore.Routing.Matching;
using Microsoft.AspNetCore.Routing.Patterns;

namespace AuthSidecar.Decisions.Routes;

/// <summary>ASP.NET's constraints, such as <c>{id:int}</c>, restricted to those that depend only on the value.</summary>
internal static class RouteConstraints
{
    private static readonly DefaultInlineConstraintResolver _resolver = new(
        Microsoft.Extensions.Options.Options.Create(new RouteOptions()),
        new ServiceCollection().BuildServiceProvider()
    );

    public static IParameterLiteralNodeMatchingPolicy[] For(string parameter, RoutePattern pattern) =>
        pattern.ParameterPolicies.TryGetValue(parameter, out var policies)
            ? [.. policies.Select(policy => Resolve(policy.Content ?? ""))]
            : [];

    // Excludes regex: its run time on a path chosen by a client is unbounded.
    private static IParameterLiteralNodeMatchingPolicy Resolve(string constraint) =>
        !constraint.StartsWith("regex", StringComparison.OrdinalIgnoreCase)
        && _resolver.ResolveConstraint(constraint) is IParameterLiteralNodeMatchingPolicy known
            ? known
            : throw new RouteCreationException(
                $"the constraint {constraint} is not supported; use one of int, long, guid, bool, alpha, length, minlength, "
                    + "maxlength, min, max, range"
            );
}
