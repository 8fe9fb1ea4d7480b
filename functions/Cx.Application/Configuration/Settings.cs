using System.Reflection;
using Microsoft.Extensions.Options;

namespace Cx.Application.Configuration;

/// <summary>Binds the property to one setting.</summary>
/// <param name="key">The setting as an environment variable: <c>Cx__Smtp__Port</c>.</param>
/// <param name="description">What it does, in one line of the help text.</param>
[AttributeUsage(AttributeTargets.Property)]
public sealed class SettingAttribute(string key, string description) : Attribute
{
    public string Key { get; } = key;

    public string Description { get; } = description;

    internal string Path => Key.Replace("__", ConfigurationPath.KeyDelimiter, StringComparison.Ordinal);
}

/// <summary>The host does not start with the settings it was given: one line a setting, by name and without its value.</summary>
public sealed class InvalidSettingsException(IEnumerable<string> failures) : Exception(
    string.Join(Environment.NewLine + "  ", failures.Prepend("The host does not start with these settings:")));

/// <summary>Options records whose properties carry <see cref="SettingAttribute"/>: bound from configuration and validated when the host starts.</summary>
public static class Settings
{
    private const string VaultReference = "@Microsoft.KeyVault(";

    /// <summary>Registers one record. Its data annotations and its <c>IValidatableObject</c> rules are checked at start.</summary>
    public static OptionsBuilder<T> AddSettings<T>(this IServiceCollection services, IConfiguration configuration)
        where T : class
    {
        var binding = new SettingsBinding<T>(configuration);
        services.AddSingleton<IConfigureOptions<T>>(binding);
        services.AddSingleton<IValidateOptions<T>>(binding);
        return services.AddOptions<T>().ValidateOnStart();
    }

    /// <summary>Binds and validates all records at once, before anything else of a host exists.</summary>
    /// <param name="register">What the host also registers in its own services.</param>
    /// <returns>Where the records are read from, as <c>IOptions</c>; the caller disposes it.</returns>
    /// <exception cref="InvalidSettingsException">Everything that is wrong in any of them, and every reference to Key Vault that was not resolved.</exception>
    public static ServiceProvider Validate(IConfiguration configuration, Action<IServiceCollection> register)
    {
        var services = new ServiceCollection();
        register(services);
        var provider = services.BuildServiceProvider();
        var failures = UnresolvedReferences(configuration).Concat(Failures(provider)).Distinct().ToList();
        if (failures.Count == 0)
        {
            return provider;
        }

        provider.Dispose();
        throw new InvalidSettingsException(failures);
    }

    /// <summary>The settings of a record, in the order of its properties.</summary>
    public static IEnumerable<SettingAttribute> Of(Type options) => Properties(options).Select(p => p.Setting);

    internal static IEnumerable<(PropertyInfo Property, SettingAttribute Setting)> Properties(Type options) =>
        from property in options.GetProperties() let setting = property.GetCustomAttribute<SettingAttribute>() where setting is not null select (property, setting);

    internal static bool IsVaultReference(string? value) => value?.TrimStart().StartsWith(VaultReference, StringComparison.OrdinalIgnoreCase) is true;

    // App Service leaves the reference itself in place of a secret that it could not read.
    private static IEnumerable<string> UnresolvedReferences(IConfiguration configuration) =>
        from setting in configuration.AsEnumerable()
        where IsVaultReference(setting.Value)
        let key = setting.Key.Replace(ConfigurationPath.KeyDelimiter, "__", StringComparison.Ordinal)
        select $"{key}: a reference to Key Vault that was not resolved: the secret is missing, or the app's identity may not read it.";

    private static IEnumerable<string> Failures(IServiceProvider provider)
    {
        try
        {
            provider.GetRequiredService<IStartupValidator>().Validate();
            return [];
        }
        catch (OptionsValidationException e)
        {
            return e.Failures;
        }
        catch (AggregateException e) when (e.InnerExceptions.All(inner => inner is OptionsValidationException))
        {
            return e.InnerExceptions.Cast<OptionsValidationException>().SelectMany(inner => inner.Failures);
        }
    }
}
